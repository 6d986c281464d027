/**
 * Voiding the consents of a passkey or a person, those that a deputy gave in their place included. A request without a token waits again where it lacks its quorum then;
 * unspent tokens that rest on such a consent are revoked. SPEC 9, 10.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { EndedRequest, Endings } from '../contract/request-store.ts'
import type { Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { holdTokensWhere, tokenless } from '../requests/end-requests.ts'
import { recountHeld } from '../requests/recount-verbs.ts'
import { consents, requests, tokens } from '../schema/tables.ts'
import { endedFields } from '../sql/request-fields.ts'
import { revokeHeld } from '../tokens/token-verbs.ts'

const subject = sql.placeholder('subject')
const at = sql`${sql.placeholder('at')}::bigint`

/** `isTheirs`: of a row of consents. */
function stepsOf(isTheirs: SQL) {
  const consented = sql`(SELECT request FROM ${consents} WHERE ${isTheirs})`
  const live = sql`${isTheirs} AND voided_at IS NULL`
  const resting = sql`${requests.id} IN (SELECT request FROM ${consents} WHERE ${live})
    AND ${requests.state} IN ('pending', 'approved')`
  return {
    holdRequests: statement(sql`SELECT FROM ${requests} WHERE ${resting} ORDER BY ${requests.id} FOR NO KEY UPDATE`),
    voidConsents: statement<EndedRequest & { readonly approver: string }>(sql`
      WITH voided AS (UPDATE ${consents} SET voided_at = ${at} FROM ${requests}
        WHERE ${requests.id} = request AND ${resting} AND ${tokenless} AND ${live} RETURNING request, approver)
      SELECT ${endedFields}, voided.approver AS "approver"
      FROM voided JOIN ${requests} ON ${requests.id} = voided.request`),
    holdTokens: holdTokensWhere(sql`(${tokens.request} IN ${consented} OR ${tokens.grant} IN ${consented})`),
  }
}

const STEPS = {
  passkey: stepsOf(sql`${consents.credentialId} = ${subject}`),
  person: stepsOf(sql`${subject} IN (${consents.approver}, ${consents.onBehalfOf})`),
} as const

/** What was voided and revoked. The passkey or person is held, so that no consent is given beside this. */
export async function voidConsents(
  transaction: Runner,
  kind: keyof typeof STEPS,
  subject: string,
  at: number,
): Promise<Endings> {
  const { holdRequests, voidConsents: end, holdTokens } = STEPS[kind]
  const values = { subject, at }
  await transaction.run(holdRequests, values)
  const voided = await transaction.run(end, values)
  await recountHeld(transaction, voided, at)
  return { requests: [], tokens: await revokeHeld(transaction, await transaction.run(holdTokens, values), at), voided }
}
