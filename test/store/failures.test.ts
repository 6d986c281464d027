/** What goes wrong beneath the store on a real PostgreSQL, and that nothing is half done then. */
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoreUnavailable } from '../../src/domain/refusal.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { createStore } from '../../src/store/create-store.ts'
import type { Database } from '../../src/store/driver/database.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { freshDatabase, type TestDatabase } from '../setup/postgres.ts'
import { live } from './contract-tokens.ts'
import { entry, migrationsOnDisk, NOW, parties, redeem, waiting } from './fixtures.ts'

const migrations = migrationsOnDisk()

describe('a database that fails', () => {
  let server: TestDatabase
  let admin: postgres.Sql
  let database: Database
  let store: Store

  beforeAll(async () => {
    server = await freshDatabase()
    admin = postgres(server.url, { max: 4, onnotice: () => {} })
    database = connectPostgres(server.url, { max: 4, statementTimeoutMs: 400 })
    await migrate(database, migrations)
    store = createStore(database, migrations, { gather: setImmediate })
  })
  afterAll(async () => {
    await store.close()
    await admin.end()
    await server.drop()
  })

  const terminate = () =>
    admin`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'countersign' AND datname = current_database()`

  /** Holds the locks of `lock` while `work` runs against them. */
  const holding = (lock: string, work: () => Promise<unknown>) =>
    admin.begin(async (transaction) => {
      await transaction.unsafe(lock)
      await work()
    })

  it('says so when a backend is ended while a statement waits, and serves the next', async () => {
    const of = await parties(store)
    const token = await live(store, of)
    const attempt = redeem(of, token)
    await holding('LOCK TABLE redemptions IN EXCLUSIVE MODE', async () => {
      const redeeming = store.redeemOnce(attempt)
      const refused = expect(redeeming).rejects.toThrow(StoreUnavailable)
      await expect.poll(async () => (await admin`SELECT FROM pg_locks WHERE NOT granted`).length).toBeGreaterThan(0)
      await terminate()
      await refused
    })
    expect(await store.redemption({ jti: token.jti, use: 1 })).toBeUndefined()
    expect(await store.entriesOfTrace(attempt.entry.trace)).toEqual([])
    expect(await store.redeemOnce(attempt)).toEqual({ verdict: 'redeemed', use: 1 })
  })

  it('survives connections that are ended while nothing runs', async () => {
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 8 }, () => store.hasAdmin()))
      await terminate()
      await expect.poll(() => store.hasAdmin().catch(() => 'not yet')).toBe(false)
    }
  })

  it.each(['between two statements', 'after the last'])('undoes a transaction that is cut %s', async (moment) => {
    const of = await parties(store)
    const open = waiting(of, { expiresAt: NOW + 1 })
    await store.openRequest(open)
    const written = entry('request.expired', open.request.trace)
    const expiring = database.transaction(async (transaction) => {
      await transaction.run({
        text: `UPDATE requests SET state = 'expired' WHERE id = '${open.request.id}'`,
        parameters: [],
      })
      await terminate()
      await new Promise((resolve) => setTimeout(resolve, 50))
      if (moment === 'between two statements') await transaction.run({ text: 'SELECT 1', parameters: [] })
    })
    await expect(expiring).rejects.toThrow(StoreUnavailable)
    const sweeping = store.expireDue({
      now: NOW + 1,
      limit: 1000,
      entryFor: async () => {
        await terminate()
        return written
      },
    })
    await expect(sweeping).rejects.toThrow(StoreUnavailable)
    expect((await store.request(open.request.id))?.state).toBe('pending')
    expect((await store.entriesOfTrace(open.request.trace)).map(({ body }) => body)).not.toContain(written.body)
    expect(await store.expireDue({ now: NOW + 1, limit: 1000, entryFor: async () => written })).toContain(
      open.request.id,
    )
    expect((await store.entriesOfTrace(open.request.trace)).map(({ body }) => body)).toContain(written.body)
  })

  it('gives up a statement that waits too long', async () => {
    const of = await parties(store)
    const open = waiting(of)
    await store.openRequest(open)
    await holding('LOCK TABLE requests IN EXCLUSIVE MODE', async () => {
      const withdrawing = store.withdraw({
        request: open.request.id,
        agent: of.agent.id,
        now: NOW,
        entry: entry('request.withdrawn'),
      })
      await expect(withdrawing).rejects.toThrow(StoreUnavailable)
    })
    expect((await store.request(open.request.id))?.state).toBe('pending')
    expect(
      await store.withdraw({
        request: open.request.id,
        agent: of.agent.id,
        now: NOW,
        entry: entry('request.withdrawn'),
      }),
    ).toBe(true)
  })

  it('tries again after a deadlock', async () => {
    const [one, two] = [await parties(store), await parties(store)]
    const lock = (agent: string) => ({ text: `UPDATE agents SET run_by = 'x' WHERE id = '${agent}'`, parameters: [] })
    const patient = connectPostgres(server.url, { max: 4 })
    const both = (first: string, second: string) =>
      patient.transaction(async (transaction) => {
        await transaction.run(lock(first))
        await new Promise((resolve) => setTimeout(resolve, 100))
        await transaction.run(lock(second))
        return 'done'
      })
    const done = await Promise.all([both(one.agent.id, two.agent.id), both(two.agent.id, one.agent.id)])
    expect(done).toEqual(['done', 'done'])
    await patient.close()
  })

  it('hears again after its listening connection was lost', async () => {
    const heard: string[] = []
    const stop = await store.listen((topic) => heard.push(topic))
    const notify = (topic: string) => admin`SELECT pg_notify('countersign', ${topic})`
    await notify('before')
    await expect.poll(() => heard).toContain('before')
    await terminate()
    await expect.poll(() => heard).toContain('*')
    await notify('after')
    await expect.poll(() => heard).toContain('after')
    await stop()
  })

  it('says so when there is no server, and when the store was closed', async () => {
    const nowhere = new URL(server.url)
    nowhere.port = '1'
    const away = createStore(connectPostgres(nowhere.href, { connectTimeoutMs: 500 }), migrations)
    await expect(away.hasAdmin()).rejects.toThrow(StoreUnavailable)
    await expect(away.offerBootstrap(await import('./fixtures.ts').then((made) => made.invitation()))).rejects.toThrow(
      StoreUnavailable,
    )
    await expect(away.listen(() => {})).rejects.toThrow(StoreUnavailable)
    expect(await away.ready()).toBe(false)
    await away.close()
    await expect(away.hasAdmin()).rejects.toThrow(StoreUnavailable)
  })

  it('names no password in what it says', async () => {
    const wrong = new URL(server.url)
    wrong.password = 'a-secret-password'
    const away = createStore(connectPostgres(wrong.href), migrations)
    const error = await away.hasAdmin().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(String(error)).not.toContain('a-secret-password')
    await away.close()
  })
})

describe('migrating', () => {
  it('is done once when many processes start together, and not ready before', async () => {
    const { url, drop } = await freshDatabase()
    const databases = Array.from({ length: 6 }, () => connectPostgres(url, { max: 2 }))
    const [first] = databases
    if (!first) throw new Error('there are six')
    expect(await createStore(first, migrations).ready()).toBe(false)
    const applied = await Promise.all(databases.map((database) => migrate(database, migrations)))
    expect(applied.flat()).toEqual(migrations.map(({ tag }) => tag))
    expect(await createStore(first, migrations).ready()).toBe(true)
    await Promise.all(databases.map((database) => database.close()))
    await drop()
  })

  it('applies all of what is missing or nothing', async () => {
    const { url, drop } = await freshDatabase()
    const database = connectPostgres(url)
    const broken = [
      ...migrations,
      { tag: '9999_broken', sql: 'CREATE TABLE half (); --> statement-breakpoint\nNONSENSE' },
    ]
    await expect(migrate(database, broken)).rejects.toThrow(/syntax error/)
    expect(
      await database.run<{ found: string | null }>({ text: `SELECT to_regclass('half') AS found`, parameters: [] }),
    ).toEqual([{ found: null }])
    expect(await migrate(database, migrations)).toHaveLength(migrations.length)
    expect(await migrate(database, migrations)).toEqual([])
    await database.close()
    await drop()
  })
})
