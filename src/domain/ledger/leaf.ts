/** A leaf of the log, and the entry that it is the hash of. SPEC 8. */
import type { EntryMembers, EntryType } from './entry.ts'

/** A sequenced entry. `hash`: 32 bytes, as stored with the entry. */
export interface Leaf {
  readonly index: number
  readonly hash: Uint8Array
  readonly body: string
}

export type Entry = EntryMembers & {
  readonly v: 1
  readonly type: EntryType
  readonly at: number
  readonly trace: string
}

export const parseEntry = (body: string): Entry => JSON.parse(body)

export interface ReadLeaf {
  readonly leaf: Leaf
  readonly entry: Entry
}

export const readLeaves = (leaves: readonly Leaf[]): readonly ReadLeaf[] =>
  leaves.map((leaf) => ({ leaf, entry: parseEntry(leaf.body) }))

/** Of leaves in the order of their indexes, those from `from` up to a gap, `limit` at most. */
export function leavesWithin(
  read: readonly ReadLeaf[],
  { from, limit }: { readonly from: number; readonly limit: number },
): readonly ReadLeaf[] {
  const first = read.findIndex(({ leaf }) => leaf.index === from)
  const found = first === -1 ? [] : read.slice(first, first + limit)
  const gap = found.findIndex(({ leaf }, n) => leaf.index !== from + n)
  return gap === -1 ? found : found.slice(0, gap)
}

const PREFIX_BYTES = 6

/** The first 48 bits of a leaf hash, a number: almost always enough to tell leaves apart. */
export const leafPrefix = (hash: Uint8Array): number =>
  hash.subarray(0, PREFIX_BYTES).reduce((number, byte) => number * 256 + byte, 0)
