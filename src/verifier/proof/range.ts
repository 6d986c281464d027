/**
 * A tree that grows leaf by leaf and remembers only its right edge: millions of leaves in constant memory.
 *
 * SHA-256 is a synchronous function here, since awaiting one a node would cost more than hashing. RFC 6962 section 2.1.
 */
import { ProofError } from './proof-error.ts'
import { HASH_BYTES, LEAF_PREFIX, NODE_PREFIX } from './tree.ts'

/** Writes SHA-256 of `data` into the first 32 bytes of `into`, which may be part of `data`. */
export type HashInto = (data: Uint8Array, into: Uint8Array) => void

/** Gets every node whose subtree is whole: `height` 0 is a leaf. The view is overwritten by the next one. */
export type OnNode = (height: number, hash: Uint8Array) => void

export interface CompactRange {
  readonly size: () => number
  /** Hashes an entry and appends it. Throws `ProofError` for entries over 65,535 bytes, which no bundle holds. */
  readonly appendEntry: (entry: Uint8Array) => void
  /** Appends a leaf hash, 32 bytes. */
  readonly append: (leaf: Uint8Array) => void
  readonly root: () => Uint8Array
}

/** Leaves of 2^53 fill 53 heights. */
const MAX_HEIGHT = 53
const MAX_ENTRY_BYTES = 0xffff

export function createRange(hash: HashInto, onNode: OnNode = () => {}): CompactRange {
  const edge = createEdge()
  const leaf = Uint8Array.of(LEAF_PREFIX, ...new Uint8Array(MAX_ENTRY_BYTES))
  const pair = Uint8Array.of(NODE_PREFIX, ...new Uint8Array(2 * HASH_BYTES))
  const left = pair.subarray(1, 1 + HASH_BYTES)
  const right = pair.subarray(1 + HASH_BYTES)
  let size = 0

  /** `right` holds the new leaf; it is joined with every subtree of its own height, as carries are in an addition. */
  function carry(): void {
    let height = 0
    onNode(height, right)
    for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      left.set(edge(height))
      hash(pair, right)
      onNode(++height, right)
    }
    edge(height).set(right)
    size++
  }

  function appendEntry(entry: Uint8Array): void {
    if (entry.length > MAX_ENTRY_BYTES) throw new ProofError('An entry is longer than a bundle can say')
    leaf.set(entry, 1)
    hash(leaf.subarray(0, entry.length + 1), right)
    carry()
  }

  function append(given: Uint8Array): void {
    if (given.length !== HASH_BYTES) throw new ProofError('A hash does not have 32 bytes')
    right.set(given)
    carry()
  }

  function root(): Uint8Array {
    const [lowest, ...above] = heightsOf(size)
    if (lowest === undefined) hash(new Uint8Array(), right)
    else right.set(edge(lowest))
    for (const height of above) {
      left.set(edge(height))
      hash(pair, right)
    }
    return right.slice()
  }

  return { size: () => size, appendEntry, append, root }
}

/** One whole subtree for each 1 in the binary form of the size, by its height. */
function createEdge(): (height: number) => Uint8Array {
  const subtrees = Array.from({ length: MAX_HEIGHT }, () => new Uint8Array(HASH_BYTES))
  return (height) => {
    const subtree = subtrees[height]
    if (subtree === undefined) throw new ProofError('The tree is full')
    return subtree
  }
}

/** The heights of the whole subtrees that a tree of `size` consists of, lowest first. */
const heightsOf = (size: number): number[] =>
  Array.from({ length: MAX_HEIGHT }, (_, height) => height).filter((at) => Math.floor(size / 2 ** at) % 2 === 1)
