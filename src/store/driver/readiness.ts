/**
 * Whether the store can serve: migrated, and written to. A full disk and a standby answer reads, so this writes a row, at
 * most once in a while however often it is asked.
 */
import { sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { isMigrated, type Migration } from './migrate.ts'
import { statement } from './sql-statement.ts'

const FRESH_MS = 1000

const rewrite = statement(
  sql`UPDATE applied_migrations SET position = position WHERE tag = (SELECT min(tag) FROM applied_migrations)`,
)

export function createReadiness(database: Database, migrations: readonly Migration[]): () => Promise<boolean> {
  let lookedAt = Number.NEGATIVE_INFINITY
  let verdict: Promise<boolean> = Promise.resolve(false)

  async function look(): Promise<boolean> {
    if (!(await isMigrated(database, migrations))) return false
    await database.run(rewrite)
    return true
  }
  return () => {
    if (performance.now() - lookedAt >= FRESH_MS) {
      lookedAt = performance.now()
      verdict = look().catch(() => false)
    }
    return verdict
  }
}
