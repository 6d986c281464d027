/**
 * Opens the embedded database, PGlite in the data directory, once this process alone holds it and the disk has room. SPEC
 * 13.
 */
import { existsSync, statfsSync, writeSync } from 'node:fs'
import { cp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../authority/config.ts'
import type { Database } from '../store/driver/database.ts'
import { holdDataDir } from './data-dir-lock.ts'
import { compileEngine } from './embedded-engine.ts'
import { inWordsOfFiles } from './key-files.ts'

/** Throws `ConfigError` where another process holds the directory, the disk is full, or the database is damaged. */
export async function openEmbedded(dataDir: string): Promise<Database> {
  const compiling = compileEngine()
  const { assertHeld, release } = await holdDataDir(dataDir, endAtOnce)
  const folder = join(dataDir, 'pglite')
  const assertUsable = () => {
    assertHeld()
    assertSpare(dataDir)
  }
  const refusedWrite = () =>
    endAtOnce(
      `A file in ${folder} could not be written. Nothing that was acknowledged is lost. See whether the disk is full.`,
    )
  try {
    await assertRoom(dataDir)
    if (!existsSync(folder)) await createDatabaseFiles(folder)
    // Loaded late: PGlite is 20 MB of WebAssembly.
    const { connectPglite } = await import('../store/driver/pglite.ts')
    const database = await connectPglite(folder, { assertUsable, refusedWrite, engine: await compiling })
    return { ...database, close: () => database.close().finally(release) }
  } catch (error) {
    await release()
    throw await explained(error, dataDir, folder)
  }
}

/** Not even to close the database: that would write to it. */
function endAtOnce(reason: string): never {
  writeSync(2, `✘ ${reason}\n`)
  process.exit(1)
}

/** A disk that ran full meanwhile is no damage. */
async function explained(cause: unknown, dataDir: string, folder: string): Promise<unknown> {
  const error = await assertRoom(dataDir).then(
    () => cause,
    (full) => full,
  )
  const known = inWordsOfFiles(error, dataDir)
  if (known instanceof ConfigError) return known
  return new ConfigError(
    `The database in ${folder} cannot be opened; it may be damaged. Restore it from a backup, or set another COUNTERSIGN_DATA_DIR.`,
    { cause },
  )
}

/** More than the engine needs at once, which is a segment of its log: it does not survive a disk that is full. */
const SPARE_BYTES = 32 * 1024 * 1024
const ROOM_BYTES = 16 * 1024 * 1024

/** Before each statement, so that a disk that runs full is noticed before the engine does. */
function assertSpare(dataDir: string): void {
  const { bavail, bsize } = statfsSync(dataDir)
  if (bavail * bsize < SPARE_BYTES) throw Object.assign(new Error('The disk is full'), { code: 'ENOSPC' })
}

/** Throws the error of the file system where there is no room. */
async function assertRoom(dataDir: string): Promise<void> {
  const file = join(dataDir, '.room')
  assertSpare(dataDir)
  try {
    await writeFile(file, Buffer.alloc(ROOM_BYTES), { mode: 0o600 })
  } finally {
    await rm(file, { force: true })
  }
}

/** Beside the bundle, or in the build of the source tree. */
const TEMPLATES = ['./new-database', '../../dist/new-database'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)

/** Copies the empty database that the build created: creation takes seconds, and twice the memory of use. */
export async function createDatabaseFiles(folder: string): Promise<void> {
  const template = TEMPLATES.find((path) => existsSync(path))
  if (template === undefined) throw new ConfigError('The empty database is missing: run npm run build.')
  // Renamed when complete, so that an interrupted start leaves no partial database behind.
  const draft = `${folder}.new`
  await rm(draft, { recursive: true, force: true })
  await cp(template, draft, { recursive: true })
  await rename(draft, folder)
}
