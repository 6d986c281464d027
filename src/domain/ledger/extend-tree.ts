/**
 * Extends the tree by some leaves: every tile that changes, whole. A full tile adds one hash to the level above it.
 * C2SP tlog-tiles.
 */
import { HASH_BYTES, TILE_WIDTH } from '@countersign/verifier/proof'
import { hashAbove, hashesIn, LogDisagreement, type Tile } from './tile-tree.ts'

/** A changed tile, whole, and how many bytes of hashes it had before; 0 for a new one. */
export type GrownTile = Tile & { readonly grownFrom: number }

interface Level {
  index: number
  hashes: Uint8Array[]
  grownFrom: number
}

/** `edge`: the tiles that `edgePlaces(size)` names. Throws `LogDisagreement` where they do not fit the size. */
export async function extendTree(
  size: number,
  edge: readonly Tile[],
  leaves: readonly Uint8Array[],
): Promise<readonly GrownTile[]> {
  const changed: GrownTile[] = []
  let arriving = leaves
  for (let [level, count] = [0, size]; arriving.length > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    const { finished, last } = appendTo(openLevel(level, count, edge), arriving)
    changed.push(...[...finished, ...last].map((tile) => grownTile(level, tile)))
    arriving = await Promise.all(finished.map(({ hashes }) => hashAbove(hashes)))
  }
  return changed
}

function openLevel(level: number, count: number, edge: readonly Tile[]): Level {
  const index = Math.floor(count / TILE_WIDTH)
  const tile = edge.find((candidate) => candidate.level === level && candidate.index === index)
  const hashes = tile ? [...hashesIn(tile)] : []
  if (hashes.length !== count % TILE_WIDTH)
    throw new LogDisagreement(`Tile ${level}/${index} of the log is missing or too short.`)
  return { index, hashes, grownFrom: hashes.length * HASH_BYTES }
}

function appendTo(open: Level, arriving: readonly Uint8Array[]) {
  const finished: Level[] = []
  let current = open
  for (const hash of arriving) {
    current.hashes.push(hash)
    if (current.hashes.length < TILE_WIDTH) continue
    finished.push(current)
    current = { index: current.index + 1, hashes: [], grownFrom: 0 }
  }
  return { finished, last: current.hashes.length > 0 ? [current] : [] }
}

function grownTile(level: number, { index, hashes, grownFrom }: Level): GrownTile {
  const joined = new Uint8Array(hashes.length * HASH_BYTES)
  for (const [n, hash] of hashes.entries()) joined.set(hash, n * HASH_BYTES)
  return { level, index, hashes: joined, grownFrom }
}
