/**
 * Proofs from tiles: a leaf is in the tree; an old tree is a prefix of a new one; the root at any size there ever was.
 * All tiles are read at once, so a proof costs one query. `@countersign/verifier/proof` checks them. RFC 6962 sections
 * 2.1.1 and 2.1.2; C2SP tlog-tiles.
 */
import { emptyRoot, HASH_BYTES, nodeHash } from '@countersign/verifier/proof'
import { type InnerNodes, innerNodes, nodeIn } from './inner-nodes.ts'
import {
  hashAbove,
  hashesIn,
  LogDisagreement,
  type Node,
  nodesOf,
  placeOf,
  type Range,
  splitOf,
  type Tile,
  type TilePlace,
} from './tile-tree.ts'

/** Reads those of the tiles that exist. */
export interface TileSource {
  readonly tiles: (places: readonly TilePlace[]) => Promise<readonly Tile[]>
}

const keyOf = ({ level, index }: TilePlace): string => `${level}/${index}`

interface ReadTile extends Tile {
  /** Null on the lowest level. */
  readonly nodes: Promise<InnerNodes> | null
}

/** The hash of each range. Throws `LogDisagreement` when the tiles do not reach that far. */
export async function hashRanges(ranges: readonly Range[], source: TileSource): Promise<readonly Uint8Array[]> {
  const nodes = ranges.map(nodesOf)
  const places = new Map(nodes.flat().map((node) => [keyOf(placeOf(node)), placeOf(node)]))
  const read = places.size === 0 ? [] : await source.tiles([...places.values()])
  const tiles = new Map(read.map((tile) => [keyOf(tile), { ...tile, nodes: tile.level > 0 ? innerNodes(tile) : null }]))
  return Promise.all(nodes.map((parts) => hashParts(parts, tiles)))
}

/** Each part is smaller than the one before it, so the hash folds from the right. */
async function hashParts(nodes: readonly Node[], tiles: ReadonlyMap<string, ReadTile>): Promise<Uint8Array> {
  const hashes = await Promise.all(nodes.map((node) => hashInTile(node, tiles)))
  let folded = hashes.at(-1)
  if (!folded) return emptyRoot()
  for (const hash of hashes.slice(0, -1).reverse()) folded = await nodeHash(hash, folded)
  return folded
}

async function hashInTile(node: Node, tiles: ReadonlyMap<string, ReadTile>): Promise<Uint8Array> {
  const { from, width, ...place } = placeOf(node)
  const tile = tiles.get(keyOf(place))
  const [start, end] = [from * HASH_BYTES, (from + width) * HASH_BYTES]
  if (!tile || end > tile.hashes.length)
    throw new LogDisagreement(`Tile ${keyOf(place)} of the log is missing or too short.`)
  if (tile.nodes) return nodeIn(await tile.nodes, from, width)
  return hashAbove(hashesIn({ hashes: tile.hashes.subarray(start, end) }))
}

/** The root of the tree of the first `size` leaves. */
export async function rootAt(size: number, source: TileSource): Promise<Uint8Array> {
  const [root] = await hashRanges([{ start: 0, count: size }], source)
  if (!root) throw new TypeError('A range has a hash')
  return root
}

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
