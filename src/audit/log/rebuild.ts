/**
 * Rebuilds a log's tree from its entries alone, and compares everything that the log states with it. Entries go to
 * `onEntry` in order, each once. One bundle and one tile of each level are held at a time. RFC 6962 section 2.1; C2SP
 * tlog-tiles.
 */
import {
  createRange,
  HASH_BYTES,
  type HashInto,
  ProofError,
  parseBundle,
  TILE_WIDTH,
  type TileAddress,
  tilePath,
  tileWidth,
} from '@countersign/verifier/proof'
import type { Findings } from '../finding.ts'
import type { LogSource } from './source.ts'

interface RebuildInput {
  readonly source: Pick<LogSource, 'tile'>
  readonly size: number
  /** Sizes at which the root is wanted, besides the last. */
  readonly sizes: readonly number[]
  readonly hashInto: HashInto
  readonly findings: Findings
  /** `leaf` is a view that the next entry overwrites. */
  readonly onEntry: (entry: Uint8Array, index: number, leaf: Uint8Array) => void
  readonly onProgress?: (done: number) => void
}

/** Roots by size. Ends early, with `log_incomplete`, where the log does not serve its entries. */
export async function rebuild(input: RebuildInput): Promise<ReadonlyMap<number, Uint8Array>> {
  const { source, size, hashInto, onEntry } = input
  const wanted = new Set([...input.sizes.filter((at) => at < size), size])
  const roots = new Map<number, Uint8Array>()
  const tiles = createTiles()
  const range = createRange(hashInto, tiles.add)
  if (wanted.has(0)) roots.set(0, range.root())
  let next = size > 0 ? readBundle(source, 0, size) : null
  for (let index = 0; next !== null; index++) {
    const bundle = await next
    // The next bundle is fetched while this one is hashed.
    next = (index + 1) * TILE_WIDTH < size ? readBundle(source, index + 1, size) : null
    next?.catch(() => {})
    if (bundle === null) return incomplete(input, range.size(), { level: 'entries', index, width: TILE_WIDTH }, roots)
    for (const entry of bundle) {
      range.appendEntry(entry)
      onEntry(entry, range.size() - 1, tiles.leaf)
      if (wanted.has(range.size())) roots.set(range.size(), range.root())
    }
    await tiles.compareFull(input)
    input.onProgress?.(range.size())
  }
  await tiles.comparePartial(input)
  return roots
}

/** All entries of one bundle; null where it is not served, or has another length. */
async function readBundle(source: Pick<LogSource, 'tile'>, index: number, size: number): Promise<Uint8Array[] | null> {
  const width = tileWidth('entries', index, size)
  try {
    const bytes = await source.tile({ level: 'entries', index, width })
    const entries = bytes === null ? [] : [...parseBundle(bytes)]
    return entries.length === width ? entries : null
  } catch (error) {
    if (error instanceof ProofError) return null
    throw error
  }
}

function incomplete(
  { findings }: RebuildInput,
  at: number,
  tile: TileAddress,
  roots: ReadonlyMap<number, Uint8Array>,
): ReadonlyMap<number, Uint8Array> {
  const detail = 'missing, or not a bundle of the right length'
  findings.report({ code: 'log_incomplete', index: at, at: null, subject: tilePath(tile), detail })
  return roots
}

interface GrowingTile {
  readonly hashes: Uint8Array
  index: number
  width: number
}

/** The tiles that the entries lead to: compared with the served ones, then forgotten. */
function createTiles() {
  const levels: GrowingTile[] = []
  const full: { readonly address: TileAddress; readonly hashes: Uint8Array }[] = []
  const leaf = new Uint8Array(HASH_BYTES)

  /** Every eighth height of the tree is a level of tiles. */
  function add(height: number, hash: Uint8Array): void {
    if (height === 0) leaf.set(hash)
    if (height % 8 !== 0) return
    const level = height / 8
    levels[level] ??= { hashes: new Uint8Array(TILE_WIDTH * HASH_BYTES), index: 0, width: 0 }
    const tile = levels[level]
    tile.hashes.set(hash, tile.width * HASH_BYTES)
    if (++tile.width < TILE_WIDTH) return
    full.push({ address: { level, index: tile.index, width: TILE_WIDTH }, hashes: tile.hashes.slice() })
    tile.index++
    tile.width = 0
  }

  async function compareFull(input: RebuildInput): Promise<void> {
    for (const { address, hashes } of full.splice(0)) await compare(input, address, hashes)
  }

  async function comparePartial(input: RebuildInput): Promise<void> {
    for (const [level, { index, width, hashes }] of levels.entries()) {
      if (width > 0) await compare(input, { level, index, width }, hashes.subarray(0, width * HASH_BYTES))
    }
  }

  return { leaf, add, compareFull, comparePartial }
}

async function compare({ source, findings }: RebuildInput, address: TileAddress, hashes: Uint8Array): Promise<void> {
  const served = await source.tile(address)
  const subject = tilePath(address)
  const report = (code: 'log_incomplete' | 'tile_mismatch', index: number | null, detail: string) =>
    findings.report({ code, index, at: null, subject, detail })
  if (served === null) return report('log_incomplete', null, 'missing')
  const at = hashes.findIndex((byte, position) => byte !== served[position])
  if (at < 0 && served.length === hashes.length) return
  const position = at < 0 ? served.length : at
  const first = address.index * TILE_WIDTH + Math.floor(position / HASH_BYTES)
  report('tile_mismatch', address.level === 0 ? first : null, `hash ${first} of level ${address.level}`)
}
