/**
 * A log in a folder, as `audit verify` copies one and reads it again: bundles, tiles, checkpoint.
 *
 * In: a folder, entries, the log's key. Out: the files. Token texts stand beside the log: whoever wants them
 * writes them.
 */
import { hash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  createRange,
  formatBundle,
  formatCheckpoint,
  type NoteSigner,
  signNote,
  TILE_WIDTH,
  type TileAddress,
  tilePath,
} from '@countersign/verifier/proof'
import type { StoryEntry } from './stories.ts'

type Body = Pick<StoryEntry, 'body'>

/** Returns how many bytes the entries have. */
export async function writeMirror(folder: string, entries: Iterable<Body>, signer: NoteSigner): Promise<number> {
  const tiles = createTileFiles(folder)
  const range = createRange(hashInto, tiles.add)
  let [bytes, bundle] = [0, [] as Uint8Array[]]
  const writeBundle = () => {
    const index = Math.ceil(range.size() / TILE_WIDTH) - 1
    writeTile(folder, { level: 'entries', index, width: bundle.length }, formatBundle(bundle.splice(0)))
  }
  for (const { body } of entries) {
    const entry = Buffer.from(body)
    bytes += entry.length
    range.appendEntry(entry)
    if (bundle.push(entry) === TILE_WIDTH) writeBundle()
  }
  if (bundle.length > 0) writeBundle()
  tiles.finish()
  const text = formatCheckpoint({ origin: signer.name, size: range.size(), root: range.root() })
  writeFileSync(join(folder, 'log/checkpoint'), `${text}\n${await signNote(text, signer)}`)
  return bytes
}

function createTileFiles(folder: string) {
  const levels: { index: number; hashes: Uint8Array[] }[] = []
  const close = (level: number, tile: { index: number; hashes: Uint8Array[] }) => {
    const address = { level, index: tile.index++, width: tile.hashes.length }
    writeTile(folder, address, Buffer.concat(tile.hashes.splice(0)))
  }
  return {
    /** Every eighth height of the tree is a level of tiles. */
    add(height: number, hashed: Uint8Array) {
      if (height % 8 !== 0) return
      levels[height / 8] ??= { index: 0, hashes: [] }
      const tile = levels[height / 8]
      if (tile && tile.hashes.push(hashed.slice()) === TILE_WIDTH) close(height / 8, tile)
    },
    finish() {
      for (const [level, tile] of levels.entries()) if (tile.hashes.length > 0) close(level, tile)
    },
  }
}

function writeTile(folder: string, address: TileAddress, bytes: Uint8Array): void {
  const file = join(folder, 'log', tilePath(address))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, bytes)
}

export function hashInto(data: Uint8Array, into: Uint8Array): void {
  Buffer.from(into.buffer, into.byteOffset, into.length).write(hash('sha256', data, 'binary'), 'latin1')
}
