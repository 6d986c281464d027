/**
 * Recording one human's consent, and the one that fills the quorum.
 *
 * In:  a verified consent. Out: a verdict, exactly one consent per human however many arrive at once.
 * The guarded UPDATE of the request takes its lock, so that consents are counted one by one; a passkey's row is held
 * first, and always before the request, so that a revocation comes wholly before or wholly after. DESIGN 5, 8.
 */
import { sql } from 'drizzle-orm'
import { type Database, isDuplicate } from './database.ts'
import { announce, entryRows, ifDecided, insertEntries } from './ledger.ts'
import { approvers, consents, passkeys, requests } from './schema.ts'
import { notStopped, storedRequest } from './standing.ts'
import { insert, statement } from './statement.ts'
import type { ConsentVerdict, Store } from './store.ts'

const given = sql.placeholder

const liveConsent = sql`SELECT FROM ${consents} WHERE request = ${given('request')}
  AND approver = ${given('approver')} AND voided_at IS NULL`

const record = statement<{ consents: number; state: string }>(sql`
  WITH held AS (
    SELECT credential_id FROM ${passkeys}
    WHERE credential_id = ${given('credentialId')} AND approver = ${given('approver')} AND revoked_at IS NULL
      AND EXISTS (SELECT FROM ${approvers} WHERE id = ${given('approver')} AND removed_at IS NULL)
    FOR NO KEY UPDATE
  ),
  decided AS (
    UPDATE ${requests} SET consents = consents + 1, separation = ${given('separation')}::boolean,
      state = CASE WHEN consents + 1 >= quorum THEN 'approved' ELSE state END,
      decided_at = CASE WHEN consents + 1 >= quorum THEN ${given('now')}::bigint END
    FROM held
    WHERE id = ${given('request')} AND state = 'pending' AND expires_at > ${given('now')}::bigint
      AND coalesce(separation, ${given('separation')}::boolean) = ${given('separation')}::boolean
      AND NOT EXISTS (${liveConsent}) AND ${notStopped(storedRequest)}
    RETURNING id, consents, state
  ),
  kept AS (${insert(
    consents,
    {
      request: given('request'),
      approver: given('approver'),
      credentialId: given('credentialId'),
      consent: given('consent'),
      givenAt: given('now'),
    },
    sql`FROM decided`,
  )}),
  counted AS (
    UPDATE ${passkeys} SET counter = greatest(counter, ${given('counter')}::bigint),
      backed_up = ${given('backedUp')}::boolean, last_used_at = ${given('now')}::bigint
    FROM decided WHERE credential_id = ${given('credentialId')}
  ),
  written AS (${insertEntries(ifDecided)})
  SELECT consents AS "consents", state AS "state",
    ${announce(sql`'request:' || id`)}, ${announce(sql`'inbox'`)} FROM decided`)

const explain = statement<{ duplicate: boolean; killed: boolean }>(sql`
  SELECT EXISTS (${liveConsent}) AS "duplicate", state = 'pending' AND expires_at > ${given('now')}::bigint
    AND NOT ${notStopped(storedRequest)} AS "killed"
  FROM ${requests} WHERE id = ${given('request')}`)

const ofRequest = statement<Awaited<ReturnType<Store['consents']>>[number]>(sql`
  SELECT ${consents.approver} AS "approver", ${consents.credentialId} AS "credentialId", ${consents.consent} AS "consent"
  FROM ${consents} WHERE ${consents.request} = ${given('request')} AND ${consents.voidedAt} IS NULL
  ORDER BY ${consents.id}`)

async function recordConsent(
  database: Database,
  { entry, ...input }: Parameters<Store['recordConsent']>[0],
): Promise<ConsentVerdict> {
  try {
    const [row] = await database.run(record, { ...input, entries: entryRows([entry]) })
    if (row) return { verdict: 'recorded', approved: row.state === 'approved', consents: row.consents }
  } catch (error) {
    // The same human, at the same moment, twice: the index lets one through, and all of the other is undone.
    if (!isDuplicate(error, 'consents_one_per_human')) throw error
  }
  const { request, approver, now } = input
  const [why] = await database.run(explain, { request, approver, now })
  return { verdict: why?.duplicate ? 'duplicate' : why?.killed ? 'killed' : 'too_late' }
}

export const consentVerbs = (database: Database): Pick<Store, 'recordConsent' | 'consents'> => ({
  recordConsent: (input) => recordConsent(database, input),
  consents: (request) => database.run(ofRequest, { request }),
})
