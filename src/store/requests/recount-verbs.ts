/**
 * Counts the quorum of requests anew, after people or groups have changed. The requests are locked in their order first,
 * as a consent locks them, and judged by a statement of its own. SPEC 11.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { RequestStore } from '../contract/request-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { consents, notices, requests, tokens } from '../schema/tables.ts'
import { among } from '../sql/among.ts'
import { filledPlaces } from '../sql/count-quorum.ts'
import { announce } from '../sql/entry-rows.ts'
import { isUnrecorded } from '../sql/recorded-request.ts'

const given = sql.placeholder
const now = sql`${given('now')}::bigint`

/** Separation was set by the first consent, and is open again once none is left. */
const isBegun = sql`EXISTS (SELECT FROM ${consents}
  WHERE ${consents.request} = ${requests.id} AND ${consents.voidedAt} IS NULL)`

/** Open to a change of mind: consented to, and without a token. */
const unsettled = sql`${requests.state} IN ('pending', 'approved') AND ${requests.origin} = 'human'
  AND ${requests.expiresAt} > ${now}
  AND ${isBegun}
  AND NOT EXISTS (SELECT FROM ${tokens} WHERE ${tokens.request} = ${requests.id})`

const concerned = (which: SQL) =>
  statement<{ id: string }>(sql`SELECT ${requests.id} AS "id" FROM ${requests} WHERE ${unsettled} AND ${which}
    ORDER BY ${requests.id} FOR NO KEY UPDATE`)

const holdOne = concerned(sql`${requests.id} = ${given('request')}`)
const holdAsking = concerned(sql`${requests.groups} ? ${given('group')}`)
const holdConsentedBy = concerned(sql`EXISTS (SELECT FROM ${consents} WHERE ${consents.request} = ${requests.id}
  AND ${consents.approver} = ${given('approver')} AND ${consents.voidedAt} IS NULL)`)

const count = statement<{ id: string }>(sql`
  WITH counted AS MATERIALIZED (
    SELECT ${requests.id} AS id, ${filledPlaces(requests)} AS filled FROM ${requests}
    WHERE ${among(requests.id, 'held')} AND NOT ${isUnrecorded}
  ),
  decided AS (
    UPDATE ${requests} SET consents = counted.filled,
      state = CASE WHEN counted.filled >= quorum THEN 'approved' ELSE 'pending' END,
      decided_at = CASE WHEN counted.filled >= quorum THEN coalesce(decided_at, ${now}) END,
      separation = CASE WHEN ${isBegun} THEN separation END
    FROM counted WHERE ${requests.id} = counted.id AND (consents <> counted.filled
      OR (state = 'approved') <> (counted.filled >= quorum) OR separation IS NOT NULL AND NOT ${isBegun})
    RETURNING counted.id, state
  ),
  noticed AS (INSERT INTO ${notices} (kind, subject, due_at)
    SELECT 'request.waiting', id, ${now} FROM decided WHERE state = 'pending')
  SELECT id AS "id", ${announce(sql`'request:' || id`)}, ${announce(sql`'inbox'`)} FROM decided`)

/** The requests are locked. Resolves to how many changed. */
export async function recountHeld(
  runner: Runner,
  held: readonly { readonly id: string }[],
  at: number,
): Promise<number> {
  if (held.length === 0) return 0
  return (await runner.run(count, { held: held.map(({ id }) => id), now: at })).length
}

/** What has changed: a group, or a person. */
export type Recounted = { readonly group: string } | { readonly approver: string }

/** Counts the requests anew that ask this group, or to which this person has consented. */
export const recountAfter = (database: Database, changed: Recounted, at: number): Promise<number> =>
  database.transaction(async (transaction) => {
    const held = 'group' in changed ? holdAsking : holdConsentedBy
    return recountHeld(transaction, await transaction.run(held, { ...changed, now: at }), at)
  })

export const recountVerbs = (database: Database) =>
  ({
    recount: ({ request, now: at }) =>
      database.transaction(async (transaction) => {
        const held = await transaction.run(holdOne, { request, now: at })
        return (await recountHeld(transaction, held, at)) > 0
      }),
  }) satisfies Partial<RequestStore>
