/**
 * The hashes within tiles above the lowest level, which nearly all proofs of a log share: kept of the tiles used last.
 * Each time they are compared with the tile that was read, so a proof never rests on another one. RFC 6962 section 2.1.
 */
import { HASH_BYTES, nodeHash } from '@countersign/verifier/proof'
import type { Tile } from './tile-tree.ts'

/** By height from that of the tile's own hashes: the complete subtrees from left to right, concatenated. */
export type InnerNodes = readonly Uint8Array[]

/** Some 16 kB each. A log of 10,000,000 entries has 154 such tiles. */
const MOST_TILES = 192

/** By place; the one used last is the last. */
const kept = new Map<string, Promise<InnerNodes>>()

/** A tile that has grown is another one. To be asked once for all nodes of a tile: comparing it takes as long as ten hashes. */
export async function innerNodes({ level, index, hashes }: Tile): Promise<InnerNodes> {
  const place = `${level}/${index}`
  const known = kept.get(place)
  const isOfThese = known !== undefined && isSame((await known)[0], hashes)
  const found = isOfThese ? known : hashWithin(hashes)
  kept.delete(place)
  kept.set(place, found)
  const [oldest] = kept.keys()
  if (kept.size > MOST_TILES && oldest !== undefined) kept.delete(oldest)
  return found
}

async function hashWithin(hashes: Uint8Array): Promise<InnerNodes> {
  const levels = [hashes]
  for (let below = hashes; below.length >= 2 * HASH_BYTES; ) {
    const above = new Uint8Array(Math.floor(below.length / HASH_BYTES / 2) * HASH_BYTES)
    for (let at = 0; at < above.length; at += HASH_BYTES)
      above.set(await nodeHash(hashAt(below, 2 * at), hashAt(below, 2 * at + HASH_BYTES)), at)
    levels.push(above)
    below = above
  }
  return levels
}

/** The hash above `width` hashes of a tile from `from` on: a power of two, which divides `from`. The tile has them. */
export function nodeIn(nodes: InnerNodes, from: number, width: number): Uint8Array {
  const level = nodes[Math.log2(width)]
  if (!level) throw new TypeError(`There is no node above ${width} hashes`)
  return hashAt(level, (from / width) * HASH_BYTES)
}

const hashAt = (hashes: Uint8Array, at: number): Uint8Array => hashes.subarray(at, at + HASH_BYTES)

function isSame(one: Uint8Array | undefined, other: Uint8Array): boolean {
  if (one?.length !== other.length) return false
  // An iterator would take longer than the hashes that are spared.
  for (let at = 0; at < other.length; at++) if (one[at] !== other[at]) return false
  return true
}
