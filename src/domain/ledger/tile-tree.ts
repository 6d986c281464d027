/**
 * The arithmetic of the RFC 6962 tree and its tiles. A tile of level L holds 256 hashes of subtrees of height 8·L. RFC
 * 6962 section 2.1; C2SP tlog-tiles.
 */
import { HASH_BYTES, nodeHash, TILE_WIDTH } from '@countersign/verifier/proof'

const TILE_HEIGHT = 8

export class LogDisagreement extends Error {
  override readonly name = 'LogDisagreement'
}

/** `hashes` are concatenated, 32 bytes each, at most 256. `index` counts tiles of this level. */
export interface Tile {
  readonly level: number
  readonly index: number
  readonly hashes: Uint8Array
}

export type TilePlace = Pick<Tile, 'level' | 'index'>

/** The subtree of `2 ** height` leaves that begins at leaf `index * 2 ** height`. */
export interface Node {
  readonly height: number
  readonly index: number
}

/** Leaves `start` to `start + count`; `start` is a multiple of a power of two ≥ `count`. */
export interface Range {
  readonly start: number
  readonly count: number
}

/** The largest power of two below `size`, which is at least 2. */
export const splitOf = (size: number): number => 2 ** Math.ceil(Math.log2(size) - 1)

/** The complete subtrees of a range, from left to right; each is smaller than the one before. */
export function nodesOf({ start, count }: Range): readonly Node[] {
  const nodes: Node[] = []
  for (let [at, left] = [start, count]; left > 0; ) {
    const height = Math.floor(Math.log2(left))
    nodes.push({ height, index: at / 2 ** height })
    at += 2 ** height
    left -= 2 ** height
  }
  return nodes
}

/** The hashes below a node: `width` of them in one tile, starting at `from`. */
export function placeOf({ height, index }: Node): TilePlace & { readonly from: number; readonly width: number } {
  const level = Math.floor(height / TILE_HEIGHT)
  const width = 2 ** (height % TILE_HEIGHT)
  const first = index * width
  return { level, index: Math.floor(first / TILE_WIDTH), from: first % TILE_WIDTH, width }
}

/** The partial tiles at the right edge of a tree; the full ones to their left never change. */
export function edgePlaces(size: number): readonly TilePlace[] {
  const places: TilePlace[] = []
  for (let [level, count] = [0, size]; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    if (count % TILE_WIDTH > 0) places.push({ level, index: Math.floor(count / TILE_WIDTH) })
  }
  return places
}

export const hashesIn = (tile: Pick<Tile, 'hashes'>): readonly Uint8Array[] =>
  Array.from({ length: tile.hashes.length / HASH_BYTES }, (_, n) =>
    tile.hashes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES),
  )

/** The hash above subtrees of equal size, of which only the last may be smaller. */
export async function hashAbove(hashes: readonly Uint8Array[]): Promise<Uint8Array> {
  let level = hashes
  while (level.length > 1) {
    const above = pairsOf(level)
    // Synchronous where the platform can: a proof of a large log takes some 700 hashes.
    level = areHashed(above) ? above : await Promise.all(above)
  }
  const [top] = level
  if (!top) throw new TypeError('There is nothing to hash')
  return top
}

const areHashed = (hashes: readonly (Uint8Array | Promise<Uint8Array>)[]): hashes is readonly Uint8Array[] =>
  hashes.every((hash) => hash instanceof Uint8Array)

/** A node without a right sibling moves up as it is. */
function pairsOf(level: readonly Uint8Array[]): (Uint8Array | Promise<Uint8Array>)[] {
  const above: (Uint8Array | Promise<Uint8Array>)[] = []
  for (let n = 0; n < level.length; n += 2) {
    const [left, right] = [level[n], level[n + 1]]
    if (left) above.push(right ? nodeHash(left, right) : left)
  }
  return above
}
