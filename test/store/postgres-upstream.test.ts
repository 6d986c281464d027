/**
 * Defects of postgres.js that `src/store/driver/postgres/` works around, each shown on postgres.js itself.
 *
 * A test here fails once upstream is mended: then the work-around that it names can go.
 */
import { execFile } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type TestDatabase } from '../setup/postgres.ts'
import { wireTo } from '../setup/wire.ts'

describe('postgres.js', () => {
  let server: TestDatabase
  let admin: postgres.Sql
  beforeAll(async () => {
    server = await freshDatabase()
    admin = postgres(server.url, { max: 1, onnotice: () => {} })
  })
  afterAll(async () => {
    await admin.end()
    await server.drop()
  })

  const terminate = (pid: number) => admin`SELECT pg_terminate_backend(${pid})`
  const one = (sql: postgres.Sql) => sql.unsafe('SELECT 1 AS one')

  it('never recovers from a connection that broke before a write (porsager/postgres#1215: postgres-clients)', async () => {
    const sockets: Socket[] = []
    const open = () =>
      new Promise<Socket>((resolve) => {
        const { hostname, port } = new URL(server.url)
        const socket = connect(Number(port), hostname, () => resolve(socket))
        sockets.push(socket)
      })
    // The option is missing from the declarations.
    const options = { max: 1, connect_timeout: 1, backoff: () => 0, fetch_types: false, socket: open }
    const sql = postgres(server.url, options)
    await one(sql)
    // Sockets close after the immediates of a turn: the write waits for the next turn, the end comes in this one.
    const lost = await new Promise<{ readonly query: Promise<unknown> }>((resolve) => {
      setImmediate(() => {
        sockets.at(-1)?.destroy()
        resolve({ query: one(sql).execute() })
      })
    })
    await expect(lost.query).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    await expect(one(sql)).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' })
    await expect(one(sql)).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' })
    await sql.end({ timeout: 0 })
  })

  it('rejects a statement with the error of the one before (porsager/postgres#1215: neverRan)', async () => {
    const sql = postgres(server.url, { max: 1, fetch_types: false })
    const [session] = await sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`
    const lost = expect(sql`SELECT pg_sleep(30)`).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    await expect
      .poll(async () => (await admin`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`).length)
      .toBe(1)
    await terminate(session?.pid ?? 0)
    await lost
    await expect(one(sql)).rejects.toMatchObject({ code: '57P01' })
    expect(await one(sql)).toMatchObject([{ one: 1 }])
    await sql.end()
  })

  it('connects for its queue after its end (endForGood, postgres-turns)', async () => {
    const wire = await wireTo(server.url)
    await wire.cut()
    const name = { application_name: 'left over' }
    const onclose = () => void sql.end({ timeout: 0 })
    const sql = postgres(wire.url, { max: 1, backoff: () => 2, fetch_types: false, connection: name, onclose })
    const answers = await Promise.allSettled([one(sql), one(sql)])
    expect(answers).toMatchObject([{ reason: { code: 'ECONNREFUSED' } }, { reason: { code: 'CONNECTION_DESTROYED' } }])
    await wire.mend()
    const open = async () => (await admin`SELECT FROM pg_stat_activity WHERE application_name = 'left over'`).length
    await expect.poll(open, { timeout: 10_000 }).toBe(1)
    await wire.cut()
  })

  it('ends the process when a transaction loses its connection (porsager/postgres#1208: postgres-transactions)', async () => {
    const { code, stderr } = await runModule(TRANSACTION_CUT, server.url)
    expect(code).toBe(1)
    expect(stderr).toContain("Cannot read properties of null (reading 'write')")
  })

  it('runs a lost transaction outside of it (porsager/postgres#1155: postgres-transactions)', async () => {
    const sql = postgres(server.url, { max: 1, fetch_types: false, onnotice: () => {} })
    await admin`CREATE TABLE facts (fact integer)`
    let inserted = () => {}
    const ended = new Promise<void>((resolve) => {
      inserted = resolve
    })
    const running = sql.begin(async (transaction) => {
      const [session] = await transaction<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`
      await terminate(session?.pid ?? 0)
      // Waits until the client has connected anew.
      await expect.poll(() => one(sql).catch(() => [])).toMatchObject([{ one: 1 }])
      await transaction`INSERT INTO facts VALUES (1)`
      inserted()
    })
    await expect(running).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    await ended
    expect(await admin`SELECT fact FROM facts`).toMatchObject([{ fact: 1 }])
    await sql.end()
  })

  it('waits for ever for a silent server (porsager/postgres#1089: queryOn)', async () => {
    const wire = await wireTo(server.url)
    const sql = postgres(wire.url, { max: 1, connect_timeout: 1, fetch_types: false, idle_timeout: 1 })
    await one(sql)
    wire.stall()
    const silent = one(sql).then(
      () => 'answered',
      () => 'given up',
    )
    const waited = new Promise((resolve) => setTimeout(() => resolve('still waiting'), 3000))
    expect(await Promise.race([silent, waited])).toBe('still waiting')
    await sql.end({ timeout: 0 })
    await wire.cut()
  })
})

const TRANSACTION_CUT = `
import postgres from 'postgres'
const [sql, admin] = [postgres(process.argv[1], { max: 1 }), postgres(process.argv[1], { max: 1 })]
await sql.begin(async (transaction) => {
  const [{ pid }] = await transaction\`SELECT pg_backend_pid() AS pid\`
  setTimeout(() => admin\`SELECT pg_terminate_backend(\${pid})\`.execute(), 100)
  await transaction\`SELECT pg_sleep(30)\`
}).catch(() => {})
setTimeout(() => process.exit(0), 1000)`

const runModule = (source: string, argument: string): Promise<{ code: unknown; stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '-e', source, argument], (error, _, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    )
  })
