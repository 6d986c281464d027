/** Entries counted by minute and by hour. SPEC 8. */
import type { EntryType } from './entry.ts'
import type { ReadLeaf } from './leaf.ts'

/** Entries of one type within one span of `width` seconds, with the first and the last of their leaf indexes. */
export interface ActivityRow {
  readonly width: number
  readonly start: number
  readonly type: EntryType
  readonly count: number
  readonly first: number
  readonly last: number
}

/** The spans, in seconds: for charts, and to find the first leaf of a period. */
export const ACTIVITY_WIDTHS = [60, 3600] as const

export function activityOf(read: readonly ReadLeaf[]): readonly ActivityRow[] {
  const counts = new Map<string, ActivityRow>()
  for (const { entry, leaf } of read) {
    for (const width of ACTIVITY_WIDTHS) {
      const start = entry.at - (entry.at % width)
      const key = `${width} ${start} ${entry.type}`
      const before = counts.get(key) ?? {
        width,
        start,
        type: entry.type,
        count: 0,
        first: leaf.index,
        last: leaf.index,
      }
      counts.set(key, { ...before, count: before.count + 1, last: leaf.index })
    }
  }
  return [...counts.values()]
}
