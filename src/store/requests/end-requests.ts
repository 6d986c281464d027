/**
 * Ends the open requests and the live tokens of a party, within the transaction that ends the party itself. Rows are
 * locked before they are evaluated, so the statement that ends them sees what was issued meanwhile. SPEC 9.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { EndedRequest, Endings } from '../contract/request-store.ts'
import type { Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { requests, tokens } from '../schema/tables.ts'
import { announce } from '../sql/entry-rows.ts'
import { endedFields } from '../sql/request-fields.ts'
import { inOrder, revokeHeld } from '../tokens/token-verbs.ts'

const subject = sql.placeholder('subject')
const at = sql`${sql.placeholder('at')}::bigint`

export const tokenless = sql`NOT EXISTS (SELECT FROM ${tokens} WHERE ${tokens.request} = ${requests.id})`

/** Pending, or approved and not collected: a party that is registered anew collects nothing of before. */
const openOf = (itsRequests: SQL) => sql`${itsRequests}
  AND (state = 'pending' OR state = 'approved' AND ${requests.expiresAt} > ${at} AND ${tokenless})`
const holdRequestsOf = (itsRequests: SQL) =>
  statement<{ waited: boolean }>(sql`SELECT state = 'pending' AS "waited" FROM ${requests} WHERE ${openOf(itsRequests)}
    ORDER BY ${requests.id} FOR NO KEY UPDATE`)
const endRequestsOf = (itsRequests: SQL) =>
  statement<EndedRequest>(sql`
    WITH decided AS (
      UPDATE ${requests} SET state = 'stopped', decided_at = ${at} WHERE ${openOf(itsRequests)} RETURNING ${endedFields}
    )
    SELECT decided.*, ${announce(sql`'request:' || id`)}, ${announce(sql`'inbox'`)} FROM decided`)

/** Every live token, in order, for `revokeHeld`. */
export const holdTokensWhere = (party: SQL) =>
  statement<{ jti: string }>(sql`SELECT ${tokens.jti} AS "jti" FROM ${tokens}
    WHERE ${party} AND ${tokens.expiresAt} > ${at} AND ${tokens.revokedAt} IS NULL ${inOrder} FOR UPDATE`)

const stepsOf = (itsRequests: SQL, itsTokens: SQL) => ({
  holdRequests: holdRequestsOf(itsRequests),
  endRequests: endRequestsOf(itsRequests),
  holdTokens: holdTokensWhere(itsTokens),
})

const listed = sql`(SELECT json_array_elements_text(${subject}::text::json))`

const hasLink = sql`(${requests.actors} <> '[]' AND ${requests.actors} ? ${subject})`
const linked = sql`SELECT ${requests.id} FROM ${requests} WHERE ${hasLink}`

const STEPS = {
  /** The requests that an agent asked itself: what ends with its session. */
  asking: stepsOf(sql`${requests.agent} = ${subject}`, sql`${tokens.agent} = ${subject}`),
  /** Those, and those of proven chains that it is a link of: what ends with the agent. */
  agent: stepsOf(
    sql`(${requests.agent} = ${subject} OR ${hasLink})`,
    sql`(${tokens.agent} = ${subject} OR ${tokens.request} IN (${linked}) OR ${tokens.grant} IN (${linked}))`,
  ),
  executor: stepsOf(sql`${requests.audience} = ${subject}`, sql`${tokens.audience} = ${subject}`),
  /** `subject` is a list: the grants themselves, and the calls under them. */
  grants: stepsOf(
    sql`(${requests.id} IN ${listed} OR ${requests.grant} IN ${listed})`,
    sql`${tokens.grant} IN ${listed}`,
  ),
  principal: stepsOf(
    sql`${requests.principal} = ${subject}`,
    sql`${tokens.request} IN (SELECT ${requests.id} FROM ${requests} WHERE ${requests.principal} = ${subject})`,
  ),
} as const

/** What was ended, of the one kind of party that `subject` names. */
export async function endRequests(
  transaction: Runner,
  kind: keyof typeof STEPS,
  subject: string,
  at: number,
): Promise<Endings> {
  const { holdRequests, endRequests: end, holdTokens } = STEPS[kind]
  const values = { subject, at }
  const waiting = (await transaction.run(holdRequests, values)).filter(({ waited }) => waited).length
  const ended = (await transaction.run(end, values)).map(bare)
  const revoked = await revokeHeld(transaction, await transaction.run(holdTokens, values), at)
  return { requests: ended, tokens: revoked, waiting }
}

// Without the columns of the announcements.
const bare = ({ id, trace, agent, principal, audience, digest, name }: EndedRequest): EndedRequest => ({
  id,
  trace,
  agent,
  principal,
  audience,
  digest,
  name,
})

/** A token that was issued within the second of its revocation is concerned too. */
export const endOf = (second: number): number => second * 1000 + 999
