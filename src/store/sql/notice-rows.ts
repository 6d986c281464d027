/**
 * The outbox of notifications as part of a statement.
 *
 * In: notices. Out: SQL that adds them to a statement if its `decided` has a row, or a write of its own within the
 * transaction of the fact. A notice exists exactly when its fact does. SPEC 13.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { Notice } from '../../domain/notify/notice.ts'
import type { Runner } from '../driver/database.ts'
import { name, statement, type Value } from '../driver/sql-statement.ts'
import { notices } from '../schema/tables.ts'

/** Inserts the notices of the parameter `notices` if `condition` holds. */
export const insertNotices = (condition: SQL): SQL => {
  const { kind, subject, dueAt } = notices
  return sql`INSERT INTO ${notices} (${sql.join([kind, subject, dueAt].map(name), sql`, `)})
    SELECT notice.kind, notice.subject, notice."dueAt"
    FROM json_to_recordset(${sql.placeholder('notices')}::text::json)
      AS notice (kind text, subject text, "dueAt" bigint)
    WHERE ${condition}`
}

/** The parameter `notices`. */
export const outboxRows = (list: readonly Notice[]): Value => list

const put = statement(insertNotices(sql`true`))

/** Writes notices within a transaction. */
export async function putInOutbox(runner: Runner, list: readonly Notice[]): Promise<void> {
  if (list.length > 0) await runner.run(put, { notices: outboxRows(list) })
}
