/**
 * Leaves as the log works on them: of an entry, what its tree, its counts and the index of searches need. Everything else
 * is let go as soon as it is read: a pass holds thousands of them. SPEC 8.
 */
import { HASH_BYTES } from '@countersign/verifier/proof'
import { factReader } from './entry-facts.ts'
import { type Entry, type Leaf, parseEntry } from './leaf.ts'
import { LogDisagreement } from './tile-tree.ts'

export interface ReadLeaf extends Pick<Entry, 'type' | 'at'> {
  readonly index: number
  readonly hash: Uint8Array
  readonly request: string | undefined
  /** Those that the entry keeps. */
  readonly facts: readonly string[]
}

type LeafReader = (index: number, hash: Uint8Array, entry: Entry) => ReadLeaf

function leafReader(): LeafReader {
  const factsOf = factReader()
  return (index, hash, entry) => {
    const { type, at, request } = entry
    return { index, hash, type, at, request, facts: factsOf(entry) }
  }
}

export function readLeaves(leaves: readonly Leaf[]): readonly ReadLeaf[] {
  const read = leafReader()
  return leaves.map(({ index, hash, body }) => read(index, hash, parseEntry(body)))
}

/** Leaves that follow each other from `first`: their hashes, one behind the other, and their bodies, with commas between. */
export interface LeafRun {
  readonly first: number
  readonly hashes: Uint8Array
  readonly bodies: string
}

/** Parses one text for each run. Throws `LogDisagreement` where one holds fewer or more entries than it has leaves. */
export function readRuns(runs: readonly LeafRun[]): readonly ReadLeaf[] {
  const read = leafReader()
  return runs.flatMap((run) => readRun(run, read))
}

function readRun({ first, hashes, bodies }: LeafRun, read: LeafReader): readonly ReadLeaf[] {
  const entries: readonly Entry[] = JSON.parse(`[${bodies}]`)
  const count = hashes.length / HASH_BYTES
  if (entries.length !== count)
    throw new LogDisagreement(`The bodies of ${count} leaves from ${first} on hold ${entries.length} entries.`)
  return entries.map((entry, n) => read(first + n, hashes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES), entry))
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
