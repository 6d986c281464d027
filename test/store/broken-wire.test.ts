/** The store over a wire to PostgreSQL that breaks and stalls: calls end, and the next ones work. */
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoreUnavailable } from '../../src/domain/refusal.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { createStore } from '../../src/store/create-store.ts'
import { CHANNEL, type Database, MISSED } from '../../src/store/driver/database.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { freshDatabase, type TestDatabase } from '../setup/postgres.ts'
import { type Wire, wireTo } from '../setup/wire.ts'
import { migrationsOnDisk } from './fixtures.ts'

const migrations = migrationsOnDisk()

describe('over a wire that fails', () => {
  let server: TestDatabase
  let admin: postgres.Sql
  let wire: Wire
  let database: Database
  let store: Store

  beforeAll(async () => {
    server = await freshDatabase()
    admin = postgres(server.url, { max: 1, onnotice: () => {} })
    wire = await wireTo(server.url)
    database = connectPostgres(wire.url, { max: 4, statementTimeoutMs: 400, connectTimeoutMs: 2000 })
    await migrate(database, migrations)
    store = createStore(database, migrations)
  })
  afterAll(async () => {
    await store.close()
    await wire.cut()
    await admin.end()
    await server.drop()
  })

  const connections = async () =>
    (await admin`SELECT FROM pg_stat_activity WHERE application_name = 'left' AND datname = current_database()`).length
  const worksAgain = () => expect.poll(() => store.hasAdmin().catch(() => 'not yet')).toBe(false)

  it('cut while statements are being written: all of them end, and none is in the way of the next', async () => {
    for (let round = 0; round < 8; round++) {
      await Promise.all(Array.from({ length: 4 }, () => store.hasAdmin()))
      const cutting = wire.cut()
      // Between the end of a socket and the news of it: at another moment in each round.
      const calls: Promise<unknown>[] = []
      for (let turn = 0; turn < round; turn++) {
        calls.push(...Array.from({ length: 4 }, () => store.hasAdmin().catch((error) => error)))
        calls.push(database.transaction((within) => within.run(ONE)).catch((error) => error))
        await new Promise((resolve) => setImmediate(resolve))
      }
      await cutting
      for (const answer of await Promise.all(calls)) {
        if (answer instanceof Error) expect(answer).toBeInstanceOf(StoreUnavailable)
      }
      await wire.mend()
      await worksAgain()
      expect(await database.transaction((within) => within.run(ONE))).toMatchObject([{ one: 1 }])
    }
  })

  it('cut under load: no connection is left over, neither after it nor after the end', async () => {
    const own = connectPostgres(`${wire.url}?application_name=left`, { max: 4 })
    const reads = () => Promise.allSettled(Array.from({ length: 40 }, () => own.run(ONE)))
    await reads()
    await wire.cut()
    const lost: ReturnType<typeof reads>[] = []
    for (let burst = 0; burst < 25; burst++) {
      lost.push(reads())
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
    await wire.mend()
    for (const answer of (await Promise.all(lost)).flat()) {
      if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(StoreUnavailable)
    }
    await expect.poll(async () => (await reads()).filter(({ status }) => status === 'rejected')).toEqual([])
    // The driver connects again after pauses.
    await new Promise((resolve) => setTimeout(resolve, 2500))
    expect(await connections()).toBeLessThanOrEqual(4)
    await own.close()
    await expect.poll(connections).toBe(0)
  })

  it('ends backends: what waits for its turn is not lost with them', async () => {
    const own = connectPostgres(`${server.url}?application_name=left`, { max: 4 })
    await admin`SELECT pg_advisory_lock(1)`
    const locked = { text: 'SELECT pg_advisory_xact_lock_shared(1)', parameters: [] }
    const answers = Array.from({ length: 12 }, () => own.run(locked))
    const settled = Promise.allSettled(answers)
    const blocked = async () => (await admin`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`).length
    await expect.poll(blocked).toBe(4)
    await admin`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'left'`
    await Promise.allSettled(answers.slice(0, 4))
    await admin`SELECT pg_advisory_unlock(1)`
    expect((await settled).map(({ status }) => status)).toEqual([
      ...Array(4).fill('rejected'),
      ...Array(8).fill('fulfilled'),
    ])
    await own.close()
  })

  it('silent: a call is given up once the server must be gone', async () => {
    await store.hasAdmin()
    wire.stall()
    await expect(store.hasAdmin()).rejects.toThrow(StoreUnavailable)
    await expect(database.transaction((within) => within.run(ONE))).rejects.toThrow(StoreUnavailable)
    wire.flow()
    await worksAgain()
  })

  it('silent on old connections alone: the first call that finds out replaces them all', async () => {
    const own = connectPostgres(wire.url, { max: 4, statementTimeoutMs: 400, connectTimeoutMs: 2000 })
    const reads = () => Promise.allSettled(Array.from({ length: 4 }, () => own.run(ONE)))
    await reads()
    wire.strand()
    await expect(own.run(ONE)).rejects.toThrow(StoreUnavailable)
    expect((await reads()).map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'))
    await own.close()
    await wire.cut()
    await wire.mend()
    await worksAgain()
  })

  it('cut while it listens: it says that something may have been missed, and hears again', async () => {
    const heard: string[] = []
    const stop = await database.listen((topic) => heard.push(topic))
    await wire.cut()
    await wire.mend()
    await expect.poll(() => heard).toContain(MISSED)
    await worksAgain()
    await database.run({ text: `SELECT pg_notify('${CHANNEL}', 'after') AS said`, parameters: [] })
    await expect.poll(() => heard).toContain('after')
    await stop()
  })
})

const ONE = { text: 'SELECT 1 AS one', parameters: [] }
