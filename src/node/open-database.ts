/**
 * Opens the configured database and brings it to the schema of this build. PostgreSQL when DATABASE_URL is set, else
 * PGlite in the data directory. SPEC 13.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Config, ConfigError, parseConfig } from '../authority/config.ts'
import type { Database } from '../store/driver/database.ts'
import { type Migration, migrate } from '../store/driver/migrate.ts'
import type { PostgresOptions } from '../store/driver/postgres/connect-postgres.ts'
import { adoptLog } from '../store/ledger/log-verbs.ts'
import { holdDataDir } from './data-dir-lock.ts'
import { inWords, openPostgres } from './open-postgres.ts'

/** Beside the bundle, or at the top of the source tree. */
const FOLDERS = ['./drizzle', '../../drizzle'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

export async function loadMigrations(): Promise<readonly Migration[]> {
  const folder = FOLDERS.find((path) => existsSync(path))
  if (folder === undefined) throw new Error('The migrations are missing: build again')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const read = async (name: string) => ({
    tag: name.slice(0, -'.sql'.length),
    sql: await readFile(join(folder, name), 'utf8'),
  })
  return Promise.all(names.map(read))
}

/** `options` only matter to PostgreSQL. */
export async function openDatabase(
  config: Config,
  options: PostgresOptions = {},
): Promise<{ database: Database; migrations: readonly Migration[] }> {
  const migrations = await loadMigrations()
  const database =
    config.databaseUrl === null
      ? await embedded(config.dataDir)
      : await openPostgres(config, config.databaseUrl, options)
  try {
    await migrate(database, migrations)
  } catch (error) {
    await database.close()
    throw inWords(error)
  }
  return { database, migrations }
}

/** Throws `ConfigError` for settings that are wrong. */
export async function adoptRestoredLog(environment: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  // Rewriting a large ledger takes longer than the authority's statement time-out.
  const { database } = await openDatabase(parseConfig(environment), { statementTimeoutMs: null })
  try {
    return await adoptLog(database)
  } finally {
    await database.close()
  }
}

/** Loaded late: PGlite is 20 MB of WebAssembly. */
async function embedded(dataDir: string): Promise<Database> {
  const release = await holdDataDir(dataDir)
  const folder = join(dataDir, 'pglite')
  if (!existsSync(folder)) await createElsewhere(folder)
  const { connectPglite } = await import('../store/driver/pglite.ts')
  const database = await connectPglite(folder).catch((cause) => {
    throw new ConfigError(
      `The database in ${folder} cannot be opened; it may be damaged. Restore it from a backup, or set another COUNTERSIGN_DATA_DIR.`,
      { cause },
    )
  })
  return { ...database, close: () => database.close().finally(release) }
}

/**
 * Creates a new database in a process of its own: that takes twice the memory of using one, and WebAssembly never
 * returns memory.
 */
async function createElsewhere(folder: string): Promise<void> {
  // Renamed when complete, so that an interrupted start leaves no partial database behind.
  const draft = `${folder}.new`
  await rm(draft, { recursive: true, force: true })
  const work = `const { PGlite } = await import(process.argv[1]); await (await PGlite.create(process.argv[2])).close()`
  const pglite = import.meta.resolve('@electric-sql/pglite')
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', work, pglite, draft])
  await rename(draft, folder)
}
