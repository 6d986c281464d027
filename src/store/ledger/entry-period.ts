/** The period of a filter: the leaf indexes between which it lies, and the entries that are within it. SPEC 8.2. */
import { sql } from 'drizzle-orm'
import type { EntryFilter } from '../../domain/ledger/entry-filter.ts'
import type { Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { activity, entries, leaves } from '../schema/tables.ts'
import { FIRST_BATCH, GROWTH, type Span } from './match-places.ts'

const given = sql.placeholder

const HOUR_SECONDS = 3600
/** Minutes for a span of some hours; of a longer one, the entries of an hour at either end are soon examined. */
const widthFor = (seconds: number): number => (seconds > 6 * HOUR_SECONDS ? HOUR_SECONDS : 60)

const bounds = statement<{ first: number | null; last: number | null }>(sql`
  SELECT min(${activity.first}) AS "first", max(${activity.last}) AS "last" FROM ${activity}
  WHERE ${activity.width} = ${given('width')}::integer AND ${activity.start} <= ${given('to')}::bigint
    AND ${activity.start} > ${given('from')}::bigint - ${given('width')}::integer`)

/** The leaf indexes between which a period lies; others may lie there too. */
export async function periodOf(runner: Runner, { from, to }: EntryFilter): Promise<Span> {
  if (from === undefined && to === undefined) return { first: 0, last: Number.MAX_SAFE_INTEGER }
  const span = { from: from ?? 0, to: to ?? Number.MAX_SAFE_INTEGER }
  const [row] = await runner.run(bounds, { ...span, width: widthFor(span.to - span.from) })
  return { first: row?.first ?? 0, last: row?.last ?? -1 }
}

const inPeriod = statement<{ index: number }>(sql`
  SELECT ${leaves.index} AS "index" FROM json_array_elements_text(${given('indexes')}::text::json) AS one
  JOIN ${leaves} ON ${leaves.index} = one::bigint JOIN ${entries} ON ${entries.id} = ${leaves.entry}
  WHERE ${entries.at} >= ${given('from')}::bigint AND ${entries.at} <= ${given('to')}::bigint`)

/** Those within the period, in batches that begin small: most pages are full soon. */
export async function* within(
  runner: Runner,
  { from, to }: EntryFilter,
  batches: AsyncGenerator<readonly number[]>,
): AsyncGenerator<readonly number[]> {
  if (from === undefined && to === undefined) return yield* batches
  const period = { from: from ?? 0, to: to ?? Number.MAX_SAFE_INTEGER }
  let size = FIRST_BATCH
  for await (const batch of batches) {
    for (let at = 0; at < batch.length; at += size, size *= GROWTH) {
      const indexes = batch.slice(at, at + size)
      const found = new Set((await runner.run(inPeriod, { indexes, ...period })).map(({ index }) => index))
      yield indexes.filter((index) => found.has(index))
    }
  }
}
