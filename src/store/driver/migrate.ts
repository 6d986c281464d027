/**
 * Brings a database to the schema of this build. Processes that start together take turns, and each migration is
 * applied once. Never reverts one, and does not compare the text of those applied before. SPEC 13.
 */
import { sql } from 'drizzle-orm'
import type { Database, Runner } from './database.ts'
import { statement } from './sql-statement.ts'

/** `sql` may hold several statements, separated as drizzle-kit does: `--> statement-breakpoint`. */
export interface Migration {
  readonly tag: string
  readonly sql: string
}

const takeTurn = statement(sql`SELECT pg_advisory_xact_lock(hashtextextended('countersign/migrate', 0))`)
const createLog = statement(
  sql`CREATE TABLE IF NOT EXISTS applied_migrations (tag text PRIMARY KEY, position integer NOT NULL)`,
)
const appliedTags = statement<{ tag: string }>(sql`SELECT tag FROM applied_migrations ORDER BY position`)
const note = statement(
  sql`INSERT INTO applied_migrations (tag, position) VALUES (${sql.placeholder('tag')}, ${sql.placeholder('position')})`,
)

/** Applies all missing migrations or none, in one transaction. */
export function migrate(database: Database, migrations: readonly Migration[]): Promise<readonly string[]> {
  return database.transaction(async (transaction) => {
    await transaction.run(takeTurn)
    await transaction.run(createLog)
    const applied = new Set((await transaction.run(appliedTags)).map(({ tag }) => tag))
    const missing = migrations.filter(({ tag }) => !applied.has(tag))
    for (const migration of missing) await apply(transaction, migration, migrations.indexOf(migration))
    return missing.map(({ tag }) => tag)
  })
}

async function apply(transaction: Runner, migration: Migration, position: number): Promise<void> {
  for (const text of migration.sql.split('--> statement-breakpoint')) {
    if (text.trim()) await transaction.run({ text, parameters: [] })
  }
  await transaction.run(note, { tag: migration.tag, position })
}

/** True when exactly these migrations were applied. Throws `StoreUnavailable` when the database is away. */
export async function isMigrated(database: Database, migrations: readonly Migration[]): Promise<boolean> {
  const applied = await database.run(appliedTags)
  return applied.length === migrations.length && applied.every(({ tag }, n) => tag === migrations[n]?.tag)
}
