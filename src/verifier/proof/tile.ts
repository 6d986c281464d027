/**
 * Tiles: the paths of a log's hashes and entries, and the format of bundles of entries.
 *
 * Paths such as `tile/0/x001/x234/067.p/112`. Fetches nothing and hashes nothing. C2SP tlog-tiles.
 */
import { ProofError } from './proof-error.ts'

/** Hashes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256
const MAX_LEVEL = 63
const MAX_ENTRY_BYTES = 0xffff

/** One tile of hashes, or one bundle of entries. */
export interface TileAddress {
  readonly level: number | 'entries'
  readonly index: number
  /** 1 to 256; 256 is a full tile. */
  readonly width: number
}

/** Below the log's prefix. Throws `ProofError` for a tile that cannot be. */
export function tilePath({ level, index, width }: TileAddress): string {
  const isLevel = level === 'entries' || (Number.isInteger(level) && level >= 0 && level <= MAX_LEVEL)
  const isWidth = Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH
  if (!isLevel || !isWidth || !Number.isSafeInteger(index) || index < 0) throw new ProofError('There is no such tile')
  return `tile/${level}/${indexPath(index)}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

/** `x001/x234/067`: groups of three digits, all but the last marked. */
function indexPath(index: number): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? []
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/')
}

/** Reads a path; it must be the one spelling. Throws `ProofError`. */
export function parseTilePath(path: string): TileAddress {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path)
  if (!match) throw new ProofError('This is not the path of a tile')
  const [, level = '', index = '', width] = match
  const address = {
    level: level === 'entries' ? ('entries' as const) : Number(level),
    index: Number(index.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  }
  if (tilePath(address) !== path) throw new ProofError('This is not the path of a tile')
  return address
}

/** Width of a tile in a tree of `size`; 0 when there is none. Bundles are as wide as the tiles of level 0. */
export function tileWidth(level: TileAddress['level'], index: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** (level === 'entries' ? 0 : level))
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH))
}

/** Every tile of hashes in a tree of `size`, from the leaves up. */
export function* tilesOf(size: number): Generator<TileAddress> {
  for (let level = 0; tileWidth(level, 0, size) > 0; level++) {
    for (let index = 0; ; index++) {
      const width = tileWidth(level, index, size)
      if (width === 0) break
      yield { level, index, width }
    }
  }
}

/** Writes a bundle: each entry behind its length, 16 bits, high byte first. Throws `ProofError` beyond 65,535 bytes. */
export function formatBundle(entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bundle = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0))
  let at = 0
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES) throw new ProofError('An entry is longer than a bundle can say')
    bundle[at] = entry.length >> 8
    bundle[at + 1] = entry.length & 0xff
    bundle.set(entry, at + 2)
    at += 2 + entry.length
  }
  return bundle
}

/** The entries of a bundle, as views of it. Throws `ProofError` when it ends inside one. */
export function* parseBundle<T extends Uint8Array>(bundle: T): Generator<T> {
  for (let at = 0; at < bundle.length; ) {
    const start = at + 2
    const end = start + (((bundle[at] ?? 0) << 8) | (bundle[at + 1] ?? 0))
    if (start > bundle.length || end > bundle.length) throw new ProofError('The bundle ends inside an entry')
    yield bundle.subarray(start, end) as T
    at = end
  }
}
