/**
 * Starts one real PostgreSQL for each project, and finds a browser.
 *
 * In: DATABASE_URL (a server where databases may be created; else one is started, whose data is in memory where there is
 * room), CHROMIUM_PATH (else searched).
 * Out: `inject('postgresUrl')`, `inject('chromium')`, through which test/setup/postgres.ts and browser.ts work.
 */
import { accessSync, constants, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { TestProject } from 'vitest/node'
import { loadMigrations } from '../../src/node/open-database.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { createDatabase, dropDatabase } from './create-database.ts'
import { findBrowser } from './find-browser.mjs'
import { startPostgres } from './postgres-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string
    /** Name of a database with all tables and no rows: test databases are copies of it. */
    migratedTemplate: string
    /** null where no browser is installed: only the tests that launch one fail then. */
    chromium: string | null
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('chromium', findBrowser())
  const given = process.env.DATABASE_URL
  const server = given ? { url: given, stop: async () => {} } : await startPostgres({ dataIn: folderForData() })
  project.provide('postgresUrl', server.url)
  const template = await createTemplate(server.url)
  project.provide('migratedTemplate', template)
  return async () => {
    await dropDatabase(server.url, template)
    await server.stop()
  }
}

const MEMORY = { folder: '/dev/shm', room: 2 * 1024 ** 3 }

/** In memory, a database is made and dropped in a tenth of the time. A container has little room there. */
function folderForData(): string {
  try {
    accessSync(MEMORY.folder, constants.W_OK)
    const { bavail, bsize } = statfsSync(MEMORY.folder)
    return bavail * bsize < MEMORY.room ? tmpdir() : MEMORY.folder
  } catch {
    // It is not there, or nothing can be written to it.
    return tmpdir()
  }
}

async function createTemplate(postgresUrl: string): Promise<string> {
  const { name, url } = await createDatabase(postgresUrl)
  const database = connectPostgres(url)
  await migrate(database, await loadMigrations())
  await database.close()
  return name
}
