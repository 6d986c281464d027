/** Which of many requests a kill switch stops: some at a time, since each is compared with every switch. SPEC 9. */
import { sql } from 'drizzle-orm'
import { portions } from '../../domain/ledger/portions.ts'
import type { Database } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { requests } from '../schema/tables.ts'
import { among } from '../sql/among.ts'
import { notStopped, storedRequest } from '../sql/stop-condition.ts'

const COMPARED_AT_ONCE = 32

const stopped = statement<{ id: string }>(sql`SELECT ${requests.id} AS "id" FROM ${requests}
  WHERE ${among(sql`id`, 'requests')} AND NOT ${notStopped(storedRequest)}`)

export async function stoppedAmong(database: Database, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (const some of portions(ids, () => 1, COMPARED_AT_ONCE))
    for (const { id } of await database.run(stopped, { requests: some })) found.add(id)
  return found
}
