/** Every proof of every tree of up to 300 leaves, and every way a proof can be wrong. */
import { createHash } from 'node:crypto'
import {
  type Consistency,
  createRange,
  emptyRoot,
  type HashInto,
  type Inclusion,
  leafHash,
  ProofError,
  verifyConsistency,
  verifyInclusion,
} from '@countersign/verifier/proof'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { entryAt, type Hash, leafOf, leavesUpTo, referenceTree } from './reference.ts'

vi.setConfig({ testTimeout: 300_000 })

const SIZES = 300
const leaves = leavesUpTo(SIZES)
const tree = referenceTree(leaves)
const leaf = (index: number): Hash => leaves[index] ?? new Uint8Array(32)
const inclusion = (index: number, size: number): Inclusion => ({
  leaf: leaf(index),
  index,
  size,
  root: tree.root(size),
  path: tree.inclusion(index, size),
})
const consistency = (oldSize: number, newSize: number): Consistency => ({
  oldSize,
  oldRoot: tree.root(oldSize),
  newSize,
  newRoot: tree.root(newSize),
  path: tree.consistency(oldSize, newSize),
})
const hashInto: HashInto = (data, into) => into.set(createHash('sha256').update(data).digest())

const upTo = (size: number) => Array.from({ length: size }, (_, index) => index)
const refused = (promise: Promise<void>) => expect(promise).rejects.toThrow(ProofError)

describe('trees of 0 to 300 leaves', () => {
  it('prove each of their leaves', async () => {
    for (let size = 1; size <= SIZES; size++) {
      await Promise.all(upTo(size).map((index) => verifyInclusion(inclusion(index, size))))
    }
  })

  it('prove that each continues every smaller one', async () => {
    for (let size = 0; size <= SIZES; size++) {
      await Promise.all(upTo(size + 1).map((old) => verifyConsistency(consistency(old, size))))
    }
  })

  it('have the roots that growing leaf by leaf leads to', async () => {
    const range = createRange(hashInto)
    expect(range.root()).toEqual(await emptyRoot())
    for (let size = 0; size < SIZES; size++) {
      expect(range.size()).toBe(size)
      range.appendEntry(entryAt(size))
      expect(range.root()).toEqual(tree.root(size + 1))
    }
  })

  it('give out each whole subtree once', () => {
    const seen: string[] = []
    const range = createRange(hashInto, (height, hash) => seen.push(`${height} ${Buffer.from(hash).toString('hex')}`))
    for (const hash of leaves.slice(0, 8)) range.append(hash)
    const subtree = (from: number, to: number) => referenceTree(leaves.slice(from, to)).root(to - from)
    const line = (height: number, hash: Hash) => `${height} ${Buffer.from(hash).toString('hex')}`
    expect(seen.filter((node) => node.startsWith('3 '))).toEqual([line(3, subtree(0, 8))])
    expect(seen.filter((node) => node.startsWith('1 '))).toEqual(
      [0, 2, 4, 6].map((from) => line(1, subtree(from, from + 2))),
    )
    expect(seen).toHaveLength(15)
  })

  it('hash leaves as RFC 6962 says', async () => {
    for (const entry of [new Uint8Array(), entryAt(7), new Uint8Array(65_535).fill(9)]) {
      expect(await leafHash(entry)).toEqual(leafOf(entry))
    }
  })
})

// ── what is refused ──────────────────────────────────────────────────────

const flip = (hash: Hash, bit: number): Hash =>
  hash.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
const size = fc.integer({ min: 1, max: SIZES })
const bit = fc.integer({ min: 0, max: 255 })
const place = size.chain((of) => fc.record({ of: fc.constant(of), index: fc.integer({ min: 0, max: of - 1 }) }))
const growth = fc
  .integer({ min: 2, max: SIZES })
  .chain((to) => fc.record({ to: fc.constant(to), from: fc.integer({ min: 1, max: to - 1 }) }))
/** A proof with one of its hashes changed, left out, doubled or moved; equal to the proof when it cannot be done. */
const mutilate = (path: readonly Hash[], at: number, how: number, flipped: number): Hash[] => {
  const position = path.length === 0 ? 0 : at % path.length
  const hash = path[position]
  if (hash === undefined) return [leaf(1)]
  if (how === 0) return path.with(position, flip(hash, flipped))
  if (how === 1) return path.toSpliced(position, 1)
  if (how === 2) return path.toSpliced(position, 0, hash)
  return path.with(position, hash.subarray(0, 31))
}
const mutation = fc.record({ at: fc.nat(20), how: fc.integer({ min: 0, max: 3 }), flipped: bit })

describe('an inclusion proof is refused', () => {
  it('with any hash changed, left out, doubled or cut', () =>
    fc.assert(
      fc.asyncProperty(place, mutation, async ({ of, index }, { at, how, flipped }) => {
        const proof = inclusion(index, of)
        await refused(verifyInclusion({ ...proof, path: mutilate(proof.path, at, how, flipped) }))
      }),
      { numRuns: 1000 },
    ))

  it('for another index, another leaf, another root', () =>
    fc.assert(
      fc.asyncProperty(place, fc.nat(SIZES), bit, async ({ of, index }, other, flipped) => {
        const proof = inclusion(index, of)
        if (other !== index) await refused(verifyInclusion({ ...proof, index: other }))
        await refused(verifyInclusion({ ...proof, leaf: flip(proof.leaf, flipped) }))
        await refused(verifyInclusion({ ...proof, root: flip(proof.root, flipped) }))
      }),
      { numRuns: 500 },
    ))

  it.each([
    ['an index that is none', { index: -1 }],
    ['an index with a fraction', { index: 0.5 }],
    ['an index past the end', { index: 7 }],
    ['a size beyond 2^53', { size: 2 ** 54 }],
    ['an empty tree', { size: 0, index: 0 }],
  ])('with %s', (_, change) => refused(verifyInclusion({ ...inclusion(3, 7), ...change })))

  it('that shows an inner node as a leaf', async () => {
    const [first = leaf(0), ...rest] = tree.inclusion(0, 4)
    const node = referenceTree([leaf(0), first]).root(2)
    await refused(verifyInclusion({ leaf: node, index: 0, size: 4, root: tree.root(4), path: rest }))
  })
})

describe('a consistency proof is refused', () => {
  it('with any hash changed, left out, doubled or cut', () =>
    fc.assert(
      fc.asyncProperty(growth, mutation, async ({ from, to }, { at, how, flipped }) => {
        const proof = consistency(from, to)
        await refused(verifyConsistency({ ...proof, path: mutilate(proof.path, at, how, flipped) }))
      }),
      { numRuns: 1000 },
    ))

  it('for another root, old or new', () =>
    fc.assert(
      fc.asyncProperty(growth, bit, async ({ from, to }, flipped) => {
        const proof = consistency(from, to)
        await refused(verifyConsistency({ ...proof, oldRoot: flip(proof.oldRoot, flipped) }))
        await refused(verifyConsistency({ ...proof, newRoot: flip(proof.newRoot, flipped) }))
      }),
      { numRuns: 500 },
    ))

  it.each([
    ['a tree that shrank', { oldSize: 8 }],
    ['a size that is none', { oldSize: -1 }],
    ['no proof at all', { path: [] }],
    ['two roots for one size', { oldSize: 7, path: [] }],
    ['a root for nothing', { oldSize: 0, path: [] }],
    ['a proof from nothing', { oldSize: 0, oldRoot: tree.root(0) }],
  ])('with %s', (_, change) => refused(verifyConsistency({ ...consistency(3, 7), ...change })))
})
