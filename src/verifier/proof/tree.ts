/**
 * The RFC 6962 tree: hashes of leaves and nodes, and the two proofs.
 *
 * Checks arithmetic only: that the root is the log's is the checkpoint's business (`./checkpoint`). RFC 6962 section
 * 2.1; RFC 9162 section 2.1.3.2 and 2.1.4.2.
 */
import { sha256 } from '#platform'
import type { Awaitable } from '../platform/platform.ts'
import { ProofError } from './proof-error.ts'

/** First byte of what is hashed for a leaf, so that no leaf can be read as a node. */
export const LEAF_PREFIX = 0x00
export const NODE_PREFIX = 0x01
export const HASH_BYTES = 32

/** Hash of a leaf, SHA-256(0x00 ‖ entry). */
export const leafHash = (entry: Uint8Array): Awaitable<Uint8Array> => hashPrefixed(LEAF_PREFIX, entry)

/** Hash of a node, SHA-256(0x01 ‖ left ‖ right). */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Awaitable<Uint8Array> =>
  hashPrefixed(NODE_PREFIX, left, right)

const NOTHING = new Uint8Array()

/** Root of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot = (): Awaitable<Uint8Array> => sha256(NOTHING)

function hashPrefixed(prefix: number, first: Uint8Array, second: Uint8Array = NOTHING): Awaitable<Uint8Array> {
  const prefixed = new Uint8Array(1 + first.length + second.length)
  prefixed[0] = prefix
  prefixed.set(first, 1)
  prefixed.set(second, 1 + first.length)
  return sha256(prefixed)
}

/** Compares two hashes; not in constant time, since nothing here is secret. */
export const sameHash = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

/** Hashes of any other length could move the border between left and right. */
function insistOnHashes(hashes: readonly Uint8Array[]): void {
  if (hashes.some((hash) => hash.length !== HASH_BYTES)) throw new ProofError('A hash does not have 32 bytes')
}

/** Sizes and indexes stay below 2^53; `>>` would cut them at 2^31. */
const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
const isOdd = (value: number): boolean => value % 2 === 1
const half = (value: number): number => Math.floor(value / 2)

/** The claim of an inclusion proof. Hashes are 32 bytes. */
export interface Inclusion {
  readonly leaf: Uint8Array
  readonly index: number
  readonly size: number
  readonly root: Uint8Array
  /** From the leaf's sibling upwards. */
  readonly path: readonly Uint8Array[]
}

/** Proves that `leaf` is entry `index` of the tree of `size` entries with this `root`. Throws `ProofError`. */
export async function verifyInclusion({ leaf, index, size, root, path }: Inclusion): Promise<void> {
  if (!isSize(index) || !isSize(size) || index >= size) throw new ProofError('The index lies outside the tree')
  insistOnHashes([leaf, ...path])
  let [node, last, hash] = [index, size - 1, leaf]
  for (const sibling of path) {
    if (last === 0) throw new ProofError('The inclusion proof is too long')
    if (isOdd(node) || node === last) {
      hash = await nodeHash(sibling, hash)
      // Where there is no right sibling on this level, the node moves up as it is.
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)]
    } else {
      hash = await nodeHash(hash, sibling)
    }
    ;[node, last] = [half(node), half(last)]
  }
  if (last !== 0) throw new ProofError('The inclusion proof is too short')
  if (!sameHash(hash, root)) throw new ProofError('The inclusion proof does not lead to the root')
}

/** The claim of a consistency proof: the old tree is the beginning of the new one. */
export interface Consistency {
  readonly oldSize: number
  readonly oldRoot: Uint8Array
  readonly newSize: number
  readonly newRoot: Uint8Array
  readonly path: readonly Uint8Array[]
}

/** Proves that nothing of the old tree was changed, removed or moved in the new one. Throws `ProofError`. */
export async function verifyConsistency(claim: Consistency): Promise<void> {
  const { oldSize, oldRoot, newSize, newRoot, path } = claim
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) throw new ProofError('The new tree is smaller')
  insistOnHashes([oldRoot, newRoot, ...path])
  if (oldSize === newSize || oldSize === 0) return verifyTrivially(claim)
  let [node, last] = [oldSize - 1, newSize - 1]
  while (isOdd(node)) [node, last] = [half(node), half(last)]
  // An old tree that is one whole subtree of the new one starts from its own root, which the proof leaves out.
  const [first, ...rest] = node === 0 ? [oldRoot, ...path] : path
  if (first === undefined || path.length === 0) throw new ProofError('The consistency proof is too short')
  const { oldHash, newHash } = await climb({ node, last, first, path: rest })
  if (!sameHash(oldHash, oldRoot)) throw new ProofError('The consistency proof does not lead to the old root')
  if (!sameHash(newHash, newRoot)) throw new ProofError('The consistency proof does not lead to the new root')
}

interface Climb {
  readonly node: number
  readonly last: number
  /** The largest subtree that ends where the old tree ends. */
  readonly first: Uint8Array
  readonly path: readonly Uint8Array[]
}

/** Both roots that a consistency proof leads to. RFC 9162 section 2.1.4.2, steps 5 to 7. */
async function climb({ first, path, ...start }: Climb) {
  let { node, last } = start
  let [oldHash, newHash] = [first, first]
  for (const sibling of path) {
    if (last === 0) throw new ProofError('The consistency proof is too long')
    if (isOdd(node) || node === last) {
      oldHash = await nodeHash(sibling, oldHash)
      newHash = await nodeHash(sibling, newHash)
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)]
    } else {
      newHash = await nodeHash(newHash, sibling)
    }
    ;[node, last] = [half(node), half(last)]
  }
  if (last !== 0) throw new ProofError('The consistency proof is too short')
  return { oldHash, newHash }
}

async function verifyTrivially({ oldSize, oldRoot, newSize, newRoot, path }: Consistency): Promise<void> {
  if (path.length > 0) throw new ProofError('The consistency proof is too long')
  if (oldSize === newSize && !sameHash(oldRoot, newRoot)) throw new ProofError('Two trees of one size have two roots')
  if (oldSize === 0 && !sameHash(oldRoot, await emptyRoot())) throw new ProofError('The empty tree has another root')
}
