/**
 * A log's copy on disk: full tiles never change, so each is fetched once.
 *
 * A copy is trusted no more than its source: the audit verifies it in the same way. C2SP tlog-tiles.
 */
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
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
import type { ArtifactPage, LogSource } from '../../audit/log/source.ts'
import { SERVED_AFTER_SECONDS } from '../../audit/tokens/reconcile.ts'
import { exists, nullWhenMissing, textFiles } from './audit-folder.ts'

const AT_ONCE = 16

interface MirrorInput {
  readonly source: LogSource
  readonly folder: string
  /** Epoch seconds. */
  readonly now: number
  readonly onProgress: (done: number, all: number) => void
}

/** Returns whether the folder held a copy before. */
export async function mirror({ source, folder, now, onProgress }: MirrorInput): Promise<boolean> {
  const before = await exists(join(folder, 'log/checkpoint'))
  // Before the checkpoint, which then covers all that it follows from.
  await copyConfiguration(source, join(folder, 'ledger/configuration.jsonl'))
  const note = await source.checkpoint()
  const { size } = parseCheckpoint(parseNote(note).text)
  await copyTiles(source, folder, size, onProgress)
  await copyArtifacts(source, folder, now)
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

/**
 * A text never changes, but it is served once its token has ended or was spent, so texts before it may follow. Until no
 * token of its time can be alive it is recent: each run fetches the recent ones again, and continues behind the others.
 */
async function copyArtifacts(source: LogSource, folder: string, now: number): Promise<void> {
  const { texts, recent } = textFiles(folder)
  const cursorFile = join(folder, 'ledger/settled')
  const draft = `${recent}.${process.pid}.draft`
  await mkdir(dirname(texts), { recursive: true })
  let cursor = await readFile(cursorFile, 'utf8').catch(nullWhenMissing)
  if (cursor === null) await rm(texts, { force: true })
  await writeFile(draft, '')
  const isSettled = (line: string) => {
    const { index, issuedAt } = placeOf(line)
    return Number.isSafeInteger(index) && issuedAt + SERVED_AFTER_SECONDS < now
  }
  for (let settles = true, more = true; more; ) {
    const { lines, next }: ArtifactPage = await source.artifacts(cursor)
    const settled: number = settles ? lines.findLastIndex(isSettled) + 1 : 0
    settles = settled === lines.length
    await appendFile(texts, written(lines.slice(0, settled)))
    await appendFile(draft, written(lines.slice(settled)))
    if (settled > 0) await replace(cursorFile, String(placeOf(lines[settled - 1]).index))
    more = next !== null && lines.length > 0
    cursor = next
  }
  await rename(draft, recent)
}

const written = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

/** By the words of a server, which may be no numbers. */
function placeOf(line = 'null'): { readonly index: number; readonly issuedAt: number } {
  const text = JSON.parse(line)
  return { index: Number(text?.index), issuedAt: Number(text?.claims?.iat) }
}

async function copyConfiguration(source: LogSource, file: string): Promise<void> {
  const lines = await source.configuration()
  if (lines === null) await rm(file, { force: true })
  else await replace(file, written(lines))
}

/** A reader never sees half a file. */
export async function replace(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}.draft`
  await writeFile(draft, content)
  await rename(draft, file)
}
