/**
 * Refusals in the ledger: the first is written at once; the same again is counted, and the count written once a minute.
 * Any number of processes may write counts at once. SPEC 8.
 */
import { sql } from 'drizzle-orm'
import type { RefusalRow, RefusalStore } from '../contract/ledger-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { fields, insert, placeholders, statement } from '../driver/sql-statement.ts'
import { refusals } from '../schema/tables.ts'
import { appendEntries, entryRows, insertEntries } from '../sql/entry-rows.ts'

const given = sql.placeholder

const hex = sql`replace(trace::text, '-', '')`

// A row that was there has one repetition at least, so none means that this is the first.
const note = statement<{ trace: string; isFirst: boolean }>(sql`
  WITH noted AS (
    ${insert(refusals, { ...placeholders(refusals, 'refusal', ['until', 'repeats']), until: given('until'), repeats: sql`0` })}
    ON CONFLICT (id) DO UPDATE SET repeats = ${refusals.repeats} + 1
    RETURNING trace, repeats = 0 AS first
  ),
  written AS (${insertEntries(sql`EXISTS (SELECT FROM noted WHERE first)`)})
  SELECT ${hex} AS "trace", first AS "isFirst" FROM noted`)

type DueRefusal = RefusalRow & { readonly repeats: number }

const isDue = sql`${refusals.until} <= ${given('now')}::bigint`
const anyDue = statement(sql`SELECT FROM ${refusals} WHERE ${isDue} LIMIT 1`)
const takeDue = statement<DueRefusal>(sql`
  SELECT ${fields(refusals, ['trace', 'until'])}, ${hex} AS "trace" FROM ${refusals} WHERE ${isDue}
  ORDER BY ${refusals.until} LIMIT ${given('limit')}::integer FOR UPDATE SKIP LOCKED`)

const among = sql`id IN (SELECT json_array_elements_text(${given('taken')}::text::json))`
const settle = statement(sql`
  WITH forgotten AS (DELETE FROM ${refusals} WHERE ${among} AND repeats = 0)
  UPDATE ${refusals} SET repeats = 0, since = ${given('now')}::bigint, until = ${given('until')}::bigint
  WHERE ${among} AND repeats > 0`)

async function writeDue(transaction: Runner, input: Parameters<RefusalStore['writeRepeats']>[0]): Promise<number> {
  const { now, until, limit, entryFor } = input
  const due = await transaction.run(takeDue, { now, limit })
  const repeated = due.filter(({ repeats }) => repeats > 0)
  await appendEntries(transaction, await Promise.all(repeated.map(entryFor)))
  await transaction.run(settle, { now, until, taken: due.map(({ id }) => id) })
  return repeated.length
}

export const refusalVerbs = (database: Database): RefusalStore => ({
  async noteRefusal({ refusal, until, entries }) {
    const [noted] = await database.run(note, { refusal, until, entries: entryRows(entries) })
    if (!noted) throw new Error('A refusal was neither written nor counted')
    return noted
  },
  async writeRepeats(input) {
    if ((await database.run(anyDue, { now: input.now })).length === 0) return 0
    return database.transaction((transaction) => writeDue(transaction, input))
  },
})
