/**
 * Fresh databases on one PostgreSQL that writes durably.
 *
 * In: DATABASE_URL (a server where databases may be created; else one is started on first need).
 * Out: URLs of empty databases. Refuses a server that would not have what was committed after a power cut.
 */
import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { startPostgres } from '../setup/postgres-server.ts'

export interface Databases {
  /** An empty database. */
  readonly fresh: () => Promise<string>
  /** Removes the database, and with it whatever connections are still open. */
  readonly drop: (url: string) => Promise<void>
  readonly stop: () => Promise<void>
}

interface Server {
  readonly url: string
  readonly stop: () => Promise<void>
}

export function createDatabases(): Databases {
  const made = new Set<string>()
  let starting: Promise<Server> | undefined
  const server = () => {
    starting ??= start()
    return starting
  }
  async function asAdmin(work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
    const sql = postgres((await server()).url, { max: 1, onnotice: () => {} })
    await work(sql).finally(() => sql.end())
  }
  async function drop(url: string): Promise<void> {
    made.delete(url)
    await asAdmin((sql) => sql`drop database if exists ${sql(new URL(url).pathname.slice(1))} with (force)`)
  }
  return {
    async fresh() {
      const name = `countersign_bench_${randomBytes(8).toString('hex')}`
      await asAdmin((sql) => sql`create database ${sql(name)}`)
      const { href } = Object.assign(new URL((await server()).url), { pathname: `/${name}` })
      made.add(href)
      return href
    },
    drop,
    async stop() {
      for (const url of made) await drop(url)
      await (await starting)?.stop()
    },
  }
}

async function start(): Promise<Server> {
  const given = process.env['DATABASE_URL']
  const server = given ? { url: given, stop: async () => {} } : await startPostgres()
  const sql = postgres(server.url, { max: 1 })
  try {
    for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      const [row] = await sql<{ value: string }[]>`select current_setting(${name}) as value`
      if (row?.value !== 'on')
        throw new Error(`PostgreSQL runs with ${name} ${row?.value}: redemptions must be durable`)
    }
    return server
  } finally {
    await sql.end()
  }
}
