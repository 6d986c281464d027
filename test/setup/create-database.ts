/** Creates databases on a PostgreSQL server, outside of vitest's workers too. */
import { randomBytes } from 'node:crypto'
import postgres from 'postgres'

export async function createDatabase(server: string, template = 'template1'): Promise<{ name: string; url: string }> {
  const name = `countersign_${randomBytes(8).toString('hex')}`
  await asAdmin(server, (sql) => sql`create database ${sql(name)} template ${sql(template)}`)
  return { name, url: Object.assign(new URL(server), { pathname: `/${name}` }).href }
}

/** Closes the connections that are still open. */
export const dropDatabase = (server: string, name: string): Promise<void> =>
  asAdmin(server, (sql) => sql`drop database if exists ${sql(name)} with (force)`)

async function asAdmin(server: string, work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(server, { max: 1, onnotice: () => {} })
  try {
    await work(sql)
  } finally {
    await sql.end()
  }
}
