/**
 * RFC 6962 section 2.1 as it is written there: recursive, slow and obviously right. What the proofs are held against.
 *
 * In: leaf hashes. Out: roots, inclusion paths and consistency proofs of any of their beginnings.
 */
import { createHash } from 'node:crypto'

export type Hash = Uint8Array

export const sha256 = (...parts: readonly Uint8Array[]): Hash => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

export const leafOf = (entry: Uint8Array): Hash => sha256(Uint8Array.of(0), entry)

/** The largest power of two smaller than `size`. */
const split = (size: number): number => 2 ** Math.floor(Math.log2(size - 1))

export function referenceTree(leaves: readonly Hash[]) {
  const known = new Map<string, Hash>()

  /** MTH(D[from:to]) */
  function mth(from: number, to: number): Hash {
    const key = `${from}:${to}`
    const found = known.get(key) ?? compute(from, to)
    known.set(key, found)
    return found
  }

  function compute(from: number, to: number): Hash {
    if (from === to) return sha256()
    if (to - from === 1) return leaves[from] ?? sha256()
    const middle = from + split(to - from)
    return sha256(Uint8Array.of(1), mth(from, middle), mth(middle, to))
  }

  /** PATH(m, D[from:to]) */
  function path(m: number, from: number, to: number): Hash[] {
    if (to - from === 1) return []
    const k = split(to - from)
    return m < k ? [...path(m, from, from + k), mth(from + k, to)] : [...path(m - k, from + k, to), mth(from, from + k)]
  }

  /** SUBPROOF(m, D[from:to], b) */
  function subproof(m: number, from: number, to: number, whole: boolean): Hash[] {
    if (m === to - from) return whole ? [] : [mth(from, to)]
    const k = split(to - from)
    return m <= k
      ? [...subproof(m, from, from + k, whole), mth(from + k, to)]
      : [...subproof(m - k, from + k, to, false), mth(from, from + k)]
  }

  return {
    root: (size: number) => mth(0, size),
    inclusion: (index: number, size: number) => path(index, 0, size),
    consistency: (from: number, to: number) => (from === 0 || from === to ? [] : subproof(from, 0, to, true)),
  }
}

const encoder = new TextEncoder()

/** Entries with some variety, the empty one among them. */
export const entryAt = (index: number): Uint8Array => encoder.encode(index === 0 ? '' : `entry ${index}`)
export const leavesUpTo = (size: number): Hash[] => Array.from({ length: size }, (_, index) => leafOf(entryAt(index)))
