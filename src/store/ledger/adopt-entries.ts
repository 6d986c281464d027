/**
 * Adopts the entries of a log that was restored into another server; needs a database without other writers. Entries
 * are ordered by transaction numbers, and those of another server may lie ahead of this one's, so new entries would
 * come before old ones. Sequenced entries keep their leaves, and the last stays last; the others follow by id. No
 * server gives the numbers 0, 1 and 2 to a transaction. SPEC 8, 13.
 */
import { sql } from 'drizzle-orm'
import type { Database } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { entries, leaves } from '../schema/tables.ts'
import { isFromElsewhere } from './log-verbs.ts'

const steps = [
  // Rewrites every row, which may take a while.
  sql`SET LOCAL statement_timeout = 0`,
  sql`LOCK TABLE ${entries}, ${leaves} IN ACCESS EXCLUSIVE MODE`,
  sql`ALTER TABLE ${entries} DISABLE TRIGGER entries_append_only`,
  sql`UPDATE ${entries} SET xid = (CASE
    WHEN NOT EXISTS (SELECT FROM ${leaves} WHERE ${leaves.entry} = ${entries.id}) THEN '2'
    WHEN ${entries.id} = (SELECT entry FROM ${leaves} ORDER BY index DESC LIMIT 1) THEN '1'
    ELSE '0' END)::xid8`,
  sql`ALTER TABLE ${entries} ENABLE ALWAYS TRIGGER entries_append_only`,
].map((step) => statement(step))

export function adoptLog(database: Database): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const [found] = await transaction.run(isFromElsewhere)
    if (!found?.elsewhere) return false
    for (const step of steps) await transaction.run(step)
    return true
  })
}
