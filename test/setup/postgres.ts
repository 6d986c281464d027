/** A database of its own for each test file, on the PostgreSQL that test/setup/global.ts holds ready. */
import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { inject } from 'vitest'

export interface TestDatabase {
  readonly name: string
  readonly url: string
  /** Removes the database, and with it whatever connections are still open. */
  drop(): Promise<void>
}

/**
 * Creates an empty database, or a copy of `template`, which spares running the migrations again.
 * Nobody may be connected to the template meanwhile: PostgreSQL refuses to copy a database in use.
 */
export async function freshDatabase(options: { template?: string } = {}): Promise<TestDatabase> {
  const name = `countersign_${randomBytes(8).toString('hex')}`
  await asAdmin((sql) => sql`create database ${sql(name)} template ${sql(options.template ?? 'template1')}`)
  return {
    name,
    url: Object.assign(new URL(inject('postgresUrl')), { pathname: `/${name}` }).href,
    drop: () => asAdmin((sql) => sql`drop database if exists ${sql(name)} with (force)`),
  }
}

async function asAdmin(work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(inject('postgresUrl'), { max: 1, onnotice: () => {} })
  try {
    await work(sql)
  } finally {
    await sql.end()
  }
}
