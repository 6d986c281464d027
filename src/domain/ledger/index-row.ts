/** The search index of the ledger: one row an entry, and counts by minute and hour. SPEC 8. */
import { sha256 } from '@countersign/verifier'
import type { EntryMembers, EntryType } from './entry.ts'

/** A sequenced entry. `hash`: 32 bytes, as stored with the entry. */
export interface Leaf {
  readonly index: number
  readonly hash: Uint8Array
  readonly body: string
}

type TextMember = 'agent' | 'principal' | 'approver' | 'executor' | 'name' | 'action' | 'outcome' | 'origin'

/** The values an entry is found by. `resource`: SHA-256 of its text; null where unknown or erased. */
export interface IndexRow extends Readonly<Record<TextMember, string | null>> {
  readonly leafIndex: number
  readonly at: number
  readonly type: EntryType
  readonly trace: string
  readonly resource: Uint8Array | null
  /** The first 48 bits of the leaf hash. */
  readonly leafPrefix: number
}

/** Entries of one type within one span of `width` seconds. */
export interface ActivityRow {
  readonly width: number
  readonly start: number
  readonly type: EntryType
  readonly count: number
  readonly first: number
  readonly last: number
}

export type Entry = EntryMembers & {
  readonly v: 1
  readonly type: EntryType
  readonly at: number
  readonly trace: string
}

export const parseEntry = (body: string): Entry => JSON.parse(body)

/** The spans of activity counts, in seconds: for charts, and to find the first leaf of a time span. */
export const ACTIVITY_WIDTHS = [60, 3600] as const

export const hashResource = (resource: string): Promise<Uint8Array> => sha256(resource)

const PREFIX_BYTES = 6

/** The part of a leaf hash that fits a number: almost always enough to tell leaves apart. */
export const leafPrefix = (hash: Uint8Array): number =>
  hash.subarray(0, PREFIX_BYTES).reduce((number, byte) => number * 256 + byte, 0)

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

export interface ReadLeaf {
  readonly leaf: Leaf
  readonly entry: Entry
}

/** `resource`: its hash while its text is kept. */
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
