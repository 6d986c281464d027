/**
 * Ends grants, with the calls under them that are not made yet. A grant's row is locked before the tokens of its
 * calls, as redemptions lock it, so that each redemption comes wholly before the end or not at all. SPEC 9.
 */
import { sql } from 'drizzle-orm'
import type { Endings } from '../contract/request-store.ts'
import type { Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { endRequests } from '../requests/end-requests.ts'
import { grants } from '../schema/tables.ts'

const ids = sql`(SELECT json_array_elements_text(${sql.placeholder('ids')}::text::json))`
const at = sql`${sql.placeholder('at')}::bigint`

const close = statement<{ id: string }>(sql`UPDATE ${grants} SET ended_at = ${at}
  WHERE ${grants.id} IN ${ids} AND ${grants.endedAt} IS NULL RETURNING id`)

/** Nothing for requests that are no grants, and for grants that ended before. */
export async function endGrants(transaction: Runner, list: readonly string[], at: number): Promise<Endings> {
  const ended = (await transaction.run(close, { ids: list, at })).map(({ id }) => id)
  if (ended.length === 0) return { requests: [], tokens: [] }
  return endRequests(transaction, 'grants', JSON.stringify(ended), at)
}
