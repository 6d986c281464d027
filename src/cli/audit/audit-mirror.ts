/**
 * A log's copy on disk: full tiles never change, so each is fetched once.
 *
 * A copy is trusted no more than its source: the audit verifies it in the same way. C2SP tlog-tiles.
 */
import { access, appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  parseCheckpoint,
  parseNote,
  TILE_WIDTH,
  type TileAddress,
  tilePath,
  tilesOf,
  tileWidth,
} from '@countersign/verifier/proof'
import type { LogSource } from '../../audit/log/source.ts'
import { nullWhenMissing } from './audit-folder.ts'

const AT_ONCE = 16

interface MirrorInput {
  readonly source: LogSource
  readonly folder: string
  readonly onProgress: (done: number, all: number) => void
}

/** Returns whether the folder held a copy before. */
export async function mirror({ source, folder, onProgress }: MirrorInput): Promise<boolean> {
  const before = await exists(join(folder, 'log/checkpoint'))
  // Before the checkpoint, which then covers all that it follows from.
  await copyConfiguration(source, join(folder, 'ledger/configuration.jsonl'))
  const note = await source.checkpoint()
  const { size } = parseCheckpoint(parseNote(note).text)
  await copyTiles(source, folder, size, onProgress)
  await copyArtifacts(source, folder)
  await replace(join(folder, 'ledger/keys.json'), JSON.stringify({ keys: await source.keys() }))
  // Last, so that an interrupted copy is not taken for a whole one.
  await replace(join(folder, 'log/checkpoint'), note)
  return before
}

async function copyTiles(source: LogSource, folder: string, size: number, onProgress: MirrorInput['onProgress']) {
  const all = Math.ceil(size / TILE_WIDTH)
  const addresses = addressesOf(size)
  let done = 0
  async function work(): Promise<void> {
    for (const address of addresses) {
      await copyTile(source, folder, address)
      if (address.level === 'entries') onProgress(++done, all)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

function* addressesOf(size: number): Generator<TileAddress> {
  for (let index = 0; index * TILE_WIDTH < size; index++) {
    yield { level: 'entries', index, width: tileWidth('entries', index, size) }
  }
  yield* tilesOf(size)
}

async function copyTile(source: LogSource, folder: string, address: TileAddress): Promise<void> {
  const file = join(folder, 'log', tilePath(address))
  if (await exists(file)) return
  const bytes = await source.tile(address)
  if (bytes !== null) await replace(file, bytes)
}

/** Texts come in the order of the log and never change: each run continues where the last one ended. */
async function copyArtifacts(source: LogSource, folder: string): Promise<void> {
  const cursorFile = join(folder, 'ledger/cursor')
  const texts = join(folder, 'ledger/artifacts.jsonl')
  await mkdir(dirname(texts), { recursive: true })
  let cursor = await readFile(cursorFile, 'utf8').catch(nullWhenMissing)
  if (cursor === null) await rm(texts, { force: true })
  for (;;) {
    const page = await source.artifacts(cursor)
    await appendFile(texts, page.lines.map((line) => `${line}\n`).join(''))
    if (page.next === null) return
    cursor = page.next
    await replace(cursorFile, cursor)
  }
}

async function copyConfiguration(source: LogSource, file: string): Promise<void> {
  const lines = await source.configuration()
  if (lines === null) await rm(file, { force: true })
  else await replace(file, lines.map((line) => `${line}\n`).join(''))
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    (error) => nullWhenMissing(error) !== null,
  )

/** A reader never sees half a file. */
export async function replace(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}.draft`
  await writeFile(draft, content)
  await rename(draft, file)
}
