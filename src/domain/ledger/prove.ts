/**
 * Proofs from tiles: a leaf is in the tree; an old tree is a prefix of a new one. `@countersign/verifier/proof` checks
 * them. RFC 6962 sections 2.1.1 and 2.1.2.
 */
import { hashRanges, type TileSource } from './hash-range.ts'
import { type Range, splitOf } from './tile-tree.ts'

/** From the leaf's sibling upwards. Throws `TypeError` for an index outside of the tree. */
export function inclusionProof(index: number, size: number, source: TileSource) {
  if (index < 0 || index >= size) throw new TypeError(`There is no leaf ${index} in a tree of ${size}`)
  return hashRanges(siblingsOf(index, size), source)
}

function siblingsOf(index: number, size: number): readonly Range[] {
  const siblings: Range[] = []
  for (let [start, count] = [0, size]; count > 1; ) {
    const split = splitOf(count)
    const isLeft = index - start < split
    siblings.unshift(isLeft ? { start: start + split, count: count - split } : { start, count: split })
    ;[start, count] = isLeft ? [start, split] : [start + split, count - split]
  }
  return siblings
}

/** Empty where both trees are the same, or the old one is empty. */
export function consistencyProof(oldSize: number, newSize: number, source: TileSource) {
  if (oldSize < 0 || oldSize > newSize) throw new TypeError(`A tree of ${newSize} does not begin with ${oldSize}`)
  return hashRanges(oldSize === 0 ? [] : differencesOf(oldSize, newSize), source)
}

function differencesOf(oldSize: number, newSize: number): readonly Range[] {
  const ranges: Range[] = []
  let [start, count, old] = [0, newSize, oldSize]
  while (old < count) {
    const split = splitOf(count)
    const isLeft = old <= split
    ranges.unshift(isLeft ? { start: start + split, count: count - split } : { start, count: split })
    ;[start, count, old] = isLeft ? [start, split, old] : [start + split, count - split, old - split]
  }
  // The reader knows the hash of the whole old tree, but not of a part of it.
  return start === 0 ? ranges : [{ start, count }, ...ranges]
}
