/** Entries counted by minute and by hour. SPEC 8. */
import type { EntryType } from './entry.ts'
import type { ReadLeaf } from './read-leaf.ts'

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
  const rows = new Map<string, { -readonly [K in keyof ActivityRow]: ActivityRow[K] }>()
  for (const { type, at, index } of read) {
    for (const width of ACTIVITY_WIDTHS) {
      const start = at - (at % width)
      const key = `${width} ${start} ${type}`
      const row = rows.get(key)
      if (!row) rows.set(key, { width, start, type, count: 1, first: index, last: index })
      else {
        row.count++
        row.last = index
      }
    }
  }
  return [...rows.values()]
}
