/**
 * Facts that may repeat, such as refusals: the first is written at once; the same again is counted, and the count written
 * once a minute.
 * Any number of processes may write counts at once. SPEC 8.
 */
import { sql } from 'drizzle-orm'
import type { RepeatedFact, RepeatStore } from '../contract/ledger-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { fields, insert, placeholders, statement } from '../driver/sql-statement.ts'
import { repeatedFacts } from '../schema/tables.ts'
import { among } from '../sql/among.ts'
import { appendEntries, entryRows, insertEntries } from '../sql/entry-rows.ts'

const given = sql.placeholder

const hex = sql`replace(trace::text, '-', '')`

// A row that was there has one repetition at least, so none means that this is the first.
const note = statement<{ trace: string; isFirst: boolean }>(sql`
  WITH noted AS (
    ${insert(repeatedFacts, { ...placeholders(repeatedFacts, 'fact', ['until', 'repeats']), until: given('until'), repeats: sql`0` })}
    ON CONFLICT (id) DO UPDATE SET repeats = ${repeatedFacts.repeats} + 1
    RETURNING trace, repeats = 0 AS first
  ),
  written AS (${insertEntries(sql`EXISTS (SELECT FROM noted WHERE first)`)})
  SELECT ${hex} AS "trace", first AS "isFirst" FROM noted`)

const stands = statement(sql`SELECT FROM ${repeatedFacts}
  WHERE ${repeatedFacts.id} = ${given('id')} AND ${repeatedFacts.until} > ${given('now')}::bigint`)

type DueFact = RepeatedFact & { readonly repeats: number }

export const isDueFact = sql`${repeatedFacts.until} <= ${given('now')}::bigint`
const takeDue = statement<DueFact>(sql`
  SELECT ${fields(repeatedFacts, ['trace', 'until'])}, ${hex} AS "trace" FROM ${repeatedFacts} WHERE ${isDueFact}
  ORDER BY ${repeatedFacts.until} LIMIT ${given('limit')}::integer FOR UPDATE SKIP LOCKED`)

const isTaken = among(sql`id`, 'taken')
const settle = statement(sql`
  WITH forgotten AS (DELETE FROM ${repeatedFacts} WHERE ${isTaken} AND (repeats = 0 OR type <> 'token.refused'))
  UPDATE ${repeatedFacts} SET repeats = 0, since = ${given('now')}::bigint, until = ${given('until')}::bigint
  WHERE ${isTaken} AND repeats > 0 AND type = 'token.refused'`)

async function writeDue(transaction: Runner, input: Parameters<RepeatStore['writeRepeats']>[0]): Promise<number> {
  const { now, until, limit, entryFor } = input
  const due = await transaction.run(takeDue, { now, limit })
  const repeated = due.filter(({ repeats }) => repeats > 0)
  await appendEntries(transaction, await Promise.all(repeated.map(entryFor)))
  await transaction.run(settle, { now, until, taken: due.map(({ id }) => id) })
  return repeated.length
}

export const repeatVerbs = (database: Database): RepeatStore => ({
  async noteFact({ fact, until, entries }) {
    const [noted] = await database.run(note, { fact, until, entries: entryRows(entries) })
    if (!noted) throw new Error('A fact was neither written nor counted')
    return noted
  },
  factStands: async (fact) => (await database.run(stands, fact)).length > 0,
  writeRepeats: (input) => database.transaction((transaction) => writeDue(transaction, input)),
})
