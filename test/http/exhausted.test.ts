/** PostgreSQL that answers, but has run out: of disk, of connections. Nothing is done then, and the log says what to mend. */
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { freshDatabase, type TestDatabase } from '../setup/postgres.ts'
import { approvedToken, type Cast, startCast } from './cast.ts'

let cast: Cast
let database: TestDatabase
let admin: postgres.Sql
let role: string
beforeAll(async () => {
  database = await freshDatabase()
  admin = postgres(Object.assign(new URL(inject('postgresUrl')), { pathname: `/${database.name}` }).href, {
    max: 1,
    onnotice: () => {},
  })
  role = `owner_${database.name}`
  await admin.unsafe(`CREATE ROLE ${role} LOGIN PASSWORD 'owner'`)
  await admin.unsafe(`ALTER DATABASE ${database.name} OWNER TO ${role}`)
  await admin.unsafe(`ALTER SCHEMA public OWNER TO ${role}`)
  const url = Object.assign(new URL(database.url), { username: role, password: 'owner' }).href
  cast = await startCast({ databaseUrl: url })
})
afterAll(async () => {
  await cast.authority.stop()
  await admin.end()
  await database.drop()
  const server = postgres(inject('postgresUrl'), { max: 1 })
  await server.unsafe(`DROP ROLE ${role}`)
  await server.end()
})

const open = () => cast.agent.propose({ body: { audience: FORUM, action: postAction() } })
const unreachable = { ok: false, status: 503, problem: { code: 'authority_unreachable', retryAfterSeconds: 2 } }
const readiness = async () => (await cast.authority.app.request(`${cast.authority.config.origin}/readyz`)).status
const logged = (words: RegExp) =>
  cast.authority.logs.filter(({ event, reason }) => event === 'store.unavailable' && words.test(String(reason)))

/** Every write of these tables ends as on a disk without space. */
async function fillDisk(): Promise<void> {
  await admin.unsafe(`CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`)
  for (const table of ['applied_migrations', 'requests', 'redemptions', 'entries']) {
    await admin.unsafe(`CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE ON ${table} EXECUTE FUNCTION disk_full()`)
  }
}

describe('PostgreSQL on a full disk', () => {
  it('is not ready, refuses, says why in the log, and goes on once there is space', async () => {
    const { token } = await approvedToken(cast.agent, cast.ben)
    const redeem = () => cast.forum.client.call('redeem', { body: { token } })
    await fillDisk()
    await expect.poll(readiness).toBe(503)
    expect(await open()).toMatchObject(unreachable)
    expect(await redeem()).toMatchObject(unreachable)
    // What only reads goes on: people see what waits.
    mustSucceed(await cast.ben.page.call('inbox'))
    expect(logged(/disk of the database is full.*Free space.*53100/).length).toBeGreaterThan(0)
    await admin.unsafe('DROP FUNCTION disk_full CASCADE')
    await expect.poll(readiness).toBe(200)
    mustSucceed(await redeem())
    mustSucceed(await open())
  })
})

describe('PostgreSQL without a free connection', () => {
  it('is not ready, refuses, says why in the log, and goes on once there is one', async () => {
    await admin.unsafe(`ALTER ROLE ${role} CONNECTION LIMIT 0`)
    await admin`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${role}`
    await expect.poll(readiness).toBe(503)
    expect(await open()).toMatchObject(unreachable)
    expect(logged(/no free connection.*max_connections.*53300/).length).toBeGreaterThan(0)
    await admin.unsafe(`ALTER ROLE ${role} CONNECTION LIMIT -1`)
    await expect.poll(readiness).toBe(200)
    await expect.poll(async () => (await open()).ok).toBe(true)
  })
})
