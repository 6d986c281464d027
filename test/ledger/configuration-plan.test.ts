/** Entries about configuration are read by their index, however many others there are: counted in blocks by PostgreSQL. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/contract/store.ts'
import { createStore } from '../../src/store/create-store.ts'
import type { Database } from '../../src/store/driver/database.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { type Statement, statement, type Values } from '../../src/store/driver/sql-statement.ts'
import { freshDatabase } from '../setup/postgres.ts'
import { migrationsOnDisk } from '../store/fixtures.ts'

const ENTRIES = 60_000
const CONFIGURATION = 40

const fill = [
  sql`INSERT INTO entries (type, at, trace, body, leaf)
    SELECT CASE WHEN n <= ${sql.raw(String(CONFIGURATION))} THEN 'agent.added'
      ELSE (ARRAY['request.created', 'request.decided', 'token.issued', 'token.redeemed', 'outcome.reported'])[n % 5 + 1] END,
      n, gen_random_uuid(), repeat('b', 500), decode('00', 'hex')
    FROM generate_series(1, ${sql.raw(String(ENTRIES))}) AS n`,
  sql`INSERT INTO leaves (index, entry) SELECT id - 1, id FROM entries`,
  sql`VACUUM ANALYZE entries`,
  sql`VACUUM ANALYZE leaves`,
]

describe('entries about configuration in a long log', () => {
  let database: Database
  let store: Store
  let drop: () => Promise<void>
  const ran: (readonly [Statement<unknown>, Values])[] = []

  beforeAll(async () => {
    const fresh = await freshDatabase()
    drop = fresh.drop
    database = connectPostgres(fresh.url)
    await migrate(database, migrationsOnDisk())
    for (const step of fill) await database.run(statement(step))
    const noted: Database = {
      ...database,
      run: async (query, values = {}) => {
        ran.push([query, values])
        return database.run(query, values)
      },
    }
    store = createStore(noted, migrationsOnDisk())
  }, 120_000)

  afterAll(async () => {
    await store?.close()
    await drop?.()
  })

  const lastId = async () => (await store.configurationEntries(0)).at(-1)?.id ?? 0

  it.each([
    ['from the first on', () => store.configurationEntries(0), CONFIGURATION],
    ['from the last on', async () => store.configurationEntries((await lastId()) - 1), 1],
    ['of a span of leaves', () => store.configurationLeaves({ from: 0, to: ENTRIES }), CONFIGURATION],
  ])('are read by their index: %s', async (_, read, count) => {
    ran.length = 0
    expect(await read()).toHaveLength(count)
    const [{ text, parameters } = { text: '', parameters: [] }, values] = ran.at(-1) ?? []
    const explained = { text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, parameters }
    const [row] = await database.run<{ 'QUERY PLAN': readonly { readonly Plan: Record<string, number> }[] }>(
      explained,
      values,
    )
    const { 'Shared Hit Blocks': hit = 0, 'Shared Read Blocks': missed = 0 } = row?.['QUERY PLAN'][0]?.Plan ?? {}
    expect(hit + missed).toBeGreaterThan(0)
    // The table has some 5,000.
    expect(hit + missed).toBeLessThan(400)
  })
})
