/** A leaf of the log, and the entry that it is the hash of. SPEC 8. */
import { HASH_BYTES } from '@countersign/verifier/proof'
import type { EntryMembers, EntryType } from './entry.ts'
import { LogDisagreement } from './tile-tree.ts'

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

/** A leaf without the text of its entry, which is read once. */
export interface ReadLeaf {
  readonly index: number
  readonly hash: Uint8Array
  readonly entry: Entry
}

export const readLeaves = (leaves: readonly Leaf[]): readonly ReadLeaf[] =>
  leaves.map(({ index, hash, body }) => ({ index, hash, entry: parseEntry(body) }))

/** Leaves that follow each other from `first`: their hashes, one behind the other, and their bodies, with commas between. */
export interface LeafRun {
  readonly first: number
  readonly hashes: Uint8Array
  readonly bodies: string
}

/** Parses one text for all of them. Throws `LogDisagreement` where it holds fewer or more entries than there are leaves. */
export function readRun({ first, hashes, bodies }: LeafRun): readonly ReadLeaf[] {
  const entries: readonly Entry[] = JSON.parse(`[${bodies}]`)
  const count = hashes.length / HASH_BYTES
  if (entries.length !== count)
    throw new LogDisagreement(`The bodies of ${count} leaves from ${first} on hold ${entries.length} entries.`)
  return entries.map((entry, n) => ({
    index: first + n,
    hash: hashes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES),
    entry,
  }))
}

/** Of leaves in the order of their indexes, those from `from` up to a gap, `limit` at most. */
export function leavesWithin(
  read: readonly ReadLeaf[],
  { from, limit }: { readonly from: number; readonly limit: number },
): readonly ReadLeaf[] {
  const first = read.findIndex(({ index }) => index === from)
  const found = first === -1 ? [] : read.slice(first, first + limit)
  const gap = found.findIndex(({ index }, n) => index !== from + n)
  return gap === -1 ? found : found.slice(0, gap)
}

const PREFIX_BYTES = 6

/** The first 48 bits of a leaf hash, a number: almost always enough to tell leaves apart. */
export const leafPrefix = (hash: Uint8Array): number =>
  hash.subarray(0, PREFIX_BYTES).reduce((number, byte) => number * 256 + byte, 0)
