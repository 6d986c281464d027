/**
 * Counts the calls that policy allowed to an executor that asks. They have no request, so their entries are read, some at
 * a time. SPEC 8, 11.3.
 */
import { sql } from 'drizzle-orm'
import { parseEntry } from '../../domain/ledger/leaf.ts'
import type { Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { findEntries } from '../ledger/find-entries.ts'
import { entries, leaves } from '../schema/tables.ts'

const bodiesAt = statement<{ body: string }>(sql`
  SELECT ${entries.body} AS "body" FROM json_array_elements_text(${sql.placeholder('indexes')}::text::json) AS one
  JOIN ${leaves} ON ${leaves.index} = one::bigint JOIN ${entries} ON ${entries.id} = ${leaves.entry}`)

/** Calls of one agent, executor and action name, all before the instant `recentFrom` or none. */
export interface AllowedCalls {
  readonly agent: string
  readonly executor: string
  readonly name: string
  readonly count: number
  /** The instant of the last. */
  readonly at: number
}

export async function allowedCallsSince(
  runner: Runner,
  { from, recentFrom }: { readonly from: number; readonly recentFrom: number },
): Promise<readonly AllowedCalls[]> {
  const counted = new Map<string, AllowedCalls>()
  const { batches } = await findEntries(runner, { type: 'call.allowed', from }, { order: 'newest', after: null })
  for await (const indexes of batches) {
    for (const { body } of indexes.length === 0 ? [] : await runner.run(bodiesAt, { indexes })) {
      const { agent = '', executor = '', name = '', at } = parseEntry(body)
      const key = JSON.stringify([agent, executor, name, at >= recentFrom])
      const before = counted.get(key) ?? { agent, executor, name, count: 0, at }
      counted.set(key, { ...before, count: before.count + 1, at: Math.max(before.at, at) })
    }
  }
  return [...counted.values()]
}
