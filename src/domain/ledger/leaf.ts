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

const PREFIX_BYTES = 6

/** The first 48 bits of a leaf hash, a number: almost always enough to tell leaves apart. */
export const leafPrefix = (hash: Uint8Array): number =>
  hash.subarray(0, PREFIX_BYTES).reduce((number, byte) => number * 256 + byte, 0)
