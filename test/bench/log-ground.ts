/**
 * The log at work on a database of its own, and writers that feed it.
 *
 * In: databases. Out: a store with its runner; sixteen writers on a connection each, with one insert under way.
 * Runner and writers share this process: what is measured is the log against its database, not HTTP.
 */
import { hash } from 'node:crypto'
import postgres from 'postgres'
import { createLogRunner, type LogRunner } from '../../src/authority/log/log-runner.ts'
import type { SignedCheckpoint } from '../../src/domain/ledger/log-key.ts'
import { generateLogKey, importLogKey } from '../../src/domain/ledger/log-key.ts'
import { logOrigin } from '../../src/domain/token/build-claims.ts'
import { loadMigrations } from '../../src/node/open-database.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { createStore } from '../../src/store/create-store.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import type { Databases } from './databases.ts'
import { pause } from './harness.ts'
import { originAt } from './product.ts'
import { type StoryEntry, stories } from './stories.ts'

export interface LogGround {
  readonly store: Store
  readonly runner: LogRunner
  readonly writers: Writers
  /** Which entry became which leaf since the start. */
  readonly places: () => Promise<readonly { readonly id: number; readonly index: number }[]>
  readonly stop: () => Promise<void>
}

export interface LogGroundOptions {
  readonly databases: Databases
  /** Told of every checkpoint. */
  readonly published?: (checkpoint: SignedCheckpoint) => void
}

export async function startLogGround({ databases, published = () => {} }: LogGroundOptions): Promise<LogGround> {
  const { url, options } = await databases.authority()
  const database = connectPostgres(url)
  const migrations = await loadMigrations()
  await migrate(database, migrations)
  const store = createStore(database, migrations)
  const kept = options.settings?.['COUNTERSIGN_LOG_KEY']
  const key = await importLogKey(
    kept ? JSON.parse(kept) : await generateLogKey(),
    logOrigin(originAt(options.port ?? 80)),
  )
  const before = (await store.checkpoint('published'))?.size ?? 0
  const now = () => Math.floor(Date.now() / 1000)
  const sealed = async () => {}
  const runner = createLogRunner({ store, key, now, sealed, published, failed: (error) => console.error(error) })
  const writers = createWriters(url)
  return {
    store,
    runner,
    writers,
    async places() {
      const sql = postgres(url, { max: 1, onnotice: () => {} })
      const rows = await sql<{ id: string; index: string }[]>`
        select entry as id, index from leaves where index >= ${before} order by index`
      await sql.end()
      return rows.map(({ id, index }) => ({ id: Number(id), index: Number(index) }))
    },
    async stop() {
      await Promise.all([writers.end(), store.close()])
      await databases.drop(url)
    },
  }
}

export type Insert = (sql: postgres.Sql, entry: StoryEntry, leaf: Buffer) => Promise<unknown>

export interface Writers {
  /** Writes for so long, each pausing after every insert; returns how many were written. */
  readonly write: (insert: Insert, milliseconds: number, pauseMs?: number) => Promise<number>
  readonly end: () => Promise<void>
}

const WRITERS = 16

export function createWriters(url: string): Writers {
  const connections = Array.from({ length: WRITERS }, () => postgres(url, { max: 1, onnotice: () => {} }))
  const entries = stories({ entries: Number.MAX_SAFE_INTEGER, from: 1_700_000_000, to: 1_800_000_000, humansInTen: 3 })
  return {
    async write(insert, milliseconds, pauseMs = 0) {
      const end = performance.now() + milliseconds
      let count = 0
      const work = async (sql: postgres.Sql) => {
        while (performance.now() < end) {
          const { value } = entries.next()
          if (!value) return
          await insert(sql, value, hash('sha256', `\0${value.body}`, 'buffer'))
          count++
          if (pauseMs > 0) await pause(pauseMs)
        }
      }
      await Promise.all(connections.map(work))
      return count
    },
    end: async () => void (await Promise.all(connections.map((sql) => sql.end()))),
  }
}

/** As facts commit their entries; returns the id. */
export const insertEntry: Insert = async (sql, { type, at, trace, body }, leaf) => {
  const [written] = await sql<{ id: string }[]>`
    insert into entries (type, at, trace, body, leaf) values (${type}, ${at}, ${trace}, ${body}, ${leaf}) returning id`
  return Number(written?.id)
}
