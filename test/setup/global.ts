/**
 * Starts one real PostgreSQL for the whole run, and finds a browser.
 *
 * In: DATABASE_URL (a server where databases may be created; else one is started), CHROMIUM_PATH (else searched).
 * Out: `inject('postgresUrl')`, `inject('chromium')`, through which test/setup/postgres.ts and browser.ts work.
 */
import type { TestProject } from 'vitest/node'
import { findBrowser } from './find-browser.mjs'
import { startPostgres } from './postgres-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string
    /** null where no browser is installed: only the tests that launch one fail then. */
    chromium: string | null
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('chromium', findBrowser())
  const given = process.env.DATABASE_URL
  const server = given ? { url: given, stop: async () => {} } : await startPostgres()
  project.provide('postgresUrl', server.url)
  return server.stop
}
