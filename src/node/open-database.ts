/**
 * Opens the configured database and brings it to the schema of this build. PostgreSQL when DATABASE_URL is set, else
 * PGlite in the data directory. SPEC 13.
 */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from '../authority/config.ts'
import type { Database } from '../store/driver/database.ts'
import { type Migration, migrate } from '../store/driver/migrate.ts'
import type { PostgresOptions } from '../store/driver/postgres/connect-postgres.ts'
import { openEmbedded } from './open-embedded.ts'
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

export interface OpenDatabase {
  readonly database: Database
  readonly migrations: readonly Migration[]
}

/** `options` only matter to PostgreSQL. */
export async function openDatabase(config: Config, options: PostgresOptions = {}): Promise<OpenDatabase> {
  const migrations = await loadMigrations()
  const database =
    config.databaseUrl === null
      ? await openEmbedded(config.dataDir)
      : await openPostgres(config, config.databaseUrl, options)
  try {
    await migrate(database, migrations)
  } catch (error) {
    await database.close()
    throw inWords(error)
  }
  return { database, migrations }
}
