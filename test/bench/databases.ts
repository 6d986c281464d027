/**
 * Fresh databases on one PostgreSQL that writes durably.
 *
 * In: DATABASE_URL (a server where databases may be created; else one is started on first need, with 1 GB of shared
 * buffers: the indexes of a log of ten million entries take more than PostgreSQL's default of 128 MB).
 * Out: URLs of databases. Refuses a server that would not have what was committed after a power cut.
 */
import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { startPostgres } from '../setup/postgres-server.ts'
import type { ProductOptions } from './product.ts'

export interface Databases {
  /** An empty database. */
  readonly fresh: () => Promise<string>
  /** One for an authority, which starts with these options: empty here, with a past where a bench asks for growth. */
  readonly authority: () => Promise<AuthorityDatabase>
  /** With all that is in another, to which nobody may be connected. Takes seconds where the file system can clone files. */
  readonly copyOf: (url: string) => Promise<string>
  /** It stays when all others are removed. */
  readonly keep: (url: string) => void
  /** Removes the database, and with it whatever connections are still open. */
  readonly drop: (url: string) => Promise<void>
  readonly stop: () => Promise<void>
}

export interface AuthorityDatabase {
  readonly url: string
  readonly options: Omit<ProductOptions, 'operatorCredential'>
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
    await asAdmin((sql) => sql`drop database if exists ${sql(nameOf(url))} with (force)`)
  }
  async function create(template?: string): Promise<string> {
    const name = `countersign_bench_${randomBytes(8).toString('hex')}`
    await asAdmin((sql) => (template === undefined ? sql`create database ${sql(name)}` : copy(sql, template, name)))
    const { href } = Object.assign(new URL((await server()).url), { pathname: `/${name}` })
    made.add(href)
    return href
  }
  const fresh = () => create()
  return {
    fresh,
    authority: async () => ({ url: await fresh(), options: {} }),
    copyOf: (url) => create(nameOf(url)),
    keep: (url) => void made.delete(url),
    drop,
    async stop() {
      for (const url of made) await drop(url)
      await (await starting)?.stop()
    },
  }
}

/** Clones files where PostgreSQL (18) and the file system can. */
async function copy(sql: postgres.Sql, template: string, name: string): Promise<void> {
  const copying = () => sql`create database ${sql(name)} template ${sql(template)} strategy file_copy`
  const cloned = await sql`set file_copy_method = clone`.then(copying).catch(() => undefined)
  if (cloned) return
  await sql`reset file_copy_method`.catch(() => undefined)
  await copying()
}

const nameOf = (url: string): string => new URL(url).pathname.slice(1)

async function start(): Promise<Server> {
  const given = process.env['DATABASE_URL']
  const server = given ? { url: given, stop: async () => {} } : await startPostgres({ sharedBuffers: '1GB' })
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
