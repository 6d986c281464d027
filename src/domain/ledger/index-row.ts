/**
 * What auditors find an entry by, read off the entry.
 *
 * In: sequenced entries, and the resources whose text is still kept. Out: index rows, and counts by minute and hour.
 * A resource is indexed by its hash, and no longer once it was erased. SPEC 8.
 */
import { sha256 } from '@countersign/verifier'
import type { ActivityRow, IndexRow, Leaf } from '../../store/contract/log-store.ts'
import type { EntryMembers, EntryType } from './entry.ts'

/** An entry as it stands in its body. */
export type Entry = EntryMembers & {
  readonly v: 1
  readonly type: EntryType
  readonly at: number
  readonly trace: string
}

export const parseEntry = (body: string): Entry => JSON.parse(body)

/** Spans that activity is counted in, in seconds: for charts, and to find where a span of time begins. */
export const ACTIVITY_WIDTHS = [60, 3600] as const

export const hashResource = (resource: string): Promise<Uint8Array> => sha256(resource)

const PREFIX_BYTES = 6

/** As much of a leaf hash as a number holds: almost always enough to tell leaves apart. */
export const leafPrefix = (hash: Uint8Array): number =>
  hash.subarray(0, PREFIX_BYTES).reduce((number, byte) => number * 256 + byte, 0)

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** A leaf, and what its body says. */
export interface ReadLeaf {
  readonly leaf: Leaf
  readonly entry: Entry
}

/** `resource`: its hash, where its text is still kept. */
export function indexRow({ leaf, entry }: ReadLeaf, resource: Uint8Array | null): IndexRow {
  return {
    leafIndex: leaf.index,
    at: entry.at,
    type: entry.type,
    trace: entry.trace,
    agent: text(entry.agent),
    principal: text(entry.principal),
    approver: text(entry.approver),
    executor: text(entry.executor),
    name: text(entry.name),
    action: text(entry.action),
    resource,
    outcome: text(entry.outcome),
    origin: text(entry['origin']),
    leafPrefix: leafPrefix(leaf.hash),
  }
}

export function activityOf(rows: readonly IndexRow[]): readonly ActivityRow[] {
  const counts = new Map<string, ActivityRow>()
  for (const { at, type, leafIndex } of rows) {
    for (const width of ACTIVITY_WIDTHS) {
      const start = at - (at % width)
      const key = `${width} ${start} ${type}`
      const before = counts.get(key) ?? { width, start, type, count: 0, first: leafIndex, last: leafIndex }
      counts.set(key, { ...before, count: before.count + 1, last: leafIndex })
    }
  }
  return [...counts.values()]
}
