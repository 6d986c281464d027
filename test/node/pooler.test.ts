/** Behind a real PgBouncer that gives each transaction another session: all works, or the start is refused in words. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { type RunningServer, startServer } from '../../src/node/server.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { statement } from '../../src/store/driver/sql-statement.ts'
import { addAgent, addExecutor, enrol, FORUM, freePort, mustSucceed, postAction } from '../setup/authority.ts'
import { type Pooler, startPgBouncer } from '../setup/pgbouncer.ts'
import { freshDatabase, migratedDatabase, type TestDatabase } from '../setup/postgres.ts'

let database: TestDatabase
let pooler: Pooler
let lenient: Pooler
beforeAll(async () => {
  database = await migratedDatabase()
  pooler = await startPgBouncer(database.url)
  lenient = await startPgBouncer(database.url, { ignored: 'statement_timeout, idle_in_transaction_session_timeout' })
})
afterAll(async () => {
  await pooler.stop()
  await lenient.stop()
  await database.drop()
})

const servers: RunningServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function start(settings: Readonly<Record<string, string>>): Promise<RunningServer> {
  const server = await startServer({
    COUNTERSIGN_ORIGIN: `http://localhost:${await freePort()}`,
    COUNTERSIGN_DATA_DIR: mkdtempSync(join(tmpdir(), 'countersign-test-')),
    COUNTERSIGN_LOG_LEVEL: 'silent',
    COUNTERSIGN_AGENT_REQUESTS_PER_MINUTE: '10000',
    ...settings,
  })
  servers.push(server)
  return server
}

describe('behind PgBouncer with pool_mode=transaction', () => {
  it.each([
    ['as it comes', () => pooler.url],
    ['that ignores what it cannot keep', () => lenient.url],
  ])('%s, the start is refused, with the next step', async (_, url) => {
    await expect(start({ DATABASE_URL: url() })).rejects.toThrow(
      /^DATABASE_URL: leads through a pooler.*COUNTERSIGN_DATABASE_DIRECT_URL/,
    )
  })

  it('the start is refused where the direct URL leads through it too', async () => {
    const settings = { DATABASE_URL: pooler.url, COUNTERSIGN_DATABASE_DIRECT_URL: lenient.url }
    await expect(start(settings)).rejects.toThrow(/^COUNTERSIGN_DATABASE_DIRECT_URL: .*pool_mode=session/)
  })

  it('the start is refused where the direct URL leads to another database', async () => {
    const other = await migratedDatabase()
    const settings = { DATABASE_URL: pooler.url, COUNTERSIGN_DATABASE_DIRECT_URL: other.url }
    await expect(start(settings)).rejects.toThrow(/another database/)
    await other.drop()
  })

  it('with a direct URL all works: people, proposals at once, waiting for the answer, tokens and the log', async () => {
    const server = await start({ DATABASE_URL: pooler.url, COUNTERSIGN_DATABASE_DIRECT_URL: database.url })
    const client = (credential: string) => createClient({ origin: server.url, credential, fetch })
    const operated = { operator: client(server.operatorCredential) }
    const agent = client(await addAgent(operated, 'pooled-agent'))
    const executor = client((await addExecutor(operated)).credential)
    const ada = await enrol({ config: server.config, fetch }, server.bootstrapLink ?? '', 'Ada Admin')

    const read = () => agent.propose({ body: { audience: FORUM, action: postAction('', { name: 'forum.read' }) } })
    const answers = await Promise.all(Array.from({ length: 100 }, read))
    const tokens = answers.map((answer) => mustSucceed(answer).token)
    expect(tokens.every((token) => token !== undefined)).toBe(true)
    const redeemed = await Promise.all(
      tokens.map((token) => executor.call('redeem', { body: { token: String(token) } })),
    )
    expect(redeemed.map(({ status }) => status)).toEqual(tokens.map(() => 201))

    const opened = mustSucceed(await agent.propose({ body: { audience: FORUM, action: postAction() } }))
    const waiting = agent.call('viewRequest', { params: { id: opened.id }, headers: { prefer: 'wait=30' } })
    mustSucceed(await ada.consent(opened.id))
    const startedAt = performance.now()
    expect(mustSucceed(await waiting)).toMatchObject({ state: 'approved' })
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    await expect.poll(async () => (await server.services.auditing.checkpoint()) !== undefined).toBe(true)
  })

  it('a statement that follows another one at once on the same connection is answered', async () => {
    const pooled = connectPostgres(pooler.url, { directUrl: database.url, max: 1 })
    // Without parameters a statement is sent whole; the next one would be sent before its end is heard.
    const whole = statement<{ slept: string }>(sql`SELECT pg_sleep(0.05)::text AS "slept"`)
    const asking = statement<{ n: number }>(sql`SELECT ${sql.placeholder('n')}::integer AS "n"`)
    for (let round = 0; round < 5; round++) {
      const [, answer] = await Promise.all([pooled.run(whole), pooled.run(asking, { n: round })])
      expect(answer).toEqual([{ n: round }])
    }
    await pooled.close()
  })

  it('a pooler that keeps sessions needs no direct URL', async () => {
    const ignored = 'statement_timeout, idle_in_transaction_session_timeout'
    const own = await migratedDatabase()
    const sessions = await startPgBouncer(own.url, { mode: 'session', ignored })
    const server = await start({ DATABASE_URL: sessions.url })
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    await servers.pop()?.stop()
    const database = connectPostgres(sessions.url, { max: 1 })
    const settings = statement(sql`SELECT current_setting('plan_cache_mode') AS plans, current_setting('jit') AS jit`)
    expect(await database.reads.run(settings)).toEqual([{ plans: 'force_generic_plan', jit: 'off' }])
    expect(await database.run(settings)).toMatchObject([{ plans: 'auto' }])
    await database.close()
    await sessions.stop()
    await own.drop()
  })

  it('one that keeps sessions but refuses the settings of a session is named', async () => {
    const sessions = await startPgBouncer(database.url, { mode: 'session' })
    await expect(start({ DATABASE_URL: sessions.url })).rejects.toThrow(/COUNTERSIGN_DATABASE_DIRECT_URL/)
    await sessions.stop()
  })
})

describe('a database that cannot be used is explained', () => {
  const at = (change: Partial<URL>) => Object.assign(new URL(database.url), change).href

  it.each([
    ['a wrong password', () => at({ password: 'wrong' }), /refused the password.*28P01/],
    ['a role nobody made', () => at({ username: 'nobody-made-this' }), /refused the password/],
    ['a missing database', () => at({ pathname: '/missing' }), /does not exist.*3D000/],
    ['a port where nothing listens', () => at({ port: '1' }), /Nothing listens.*ECONNREFUSED/],
    ['an unknown name', () => at({ hostname: 'db.invalid' }), /cannot be resolved/],
    ['a socket that is not there', () => 'postgres:///app?host=/nowhere', /no socket.*ENOENT/],
    ['a parameter that is not honoured', () => `${database.url}?sslcert=x`, /sslcert is not supported/],
    ['another server’s scheme', () => 'mysql://db/app', /must begin with postgres:/],
  ])('%s', async (_, url, words) => {
    await expect(start({ DATABASE_URL: url() })).rejects.toThrow(words)
  })

  it('one host of several that does not answer is passed over', async () => {
    const own = await migratedDatabase()
    const { host } = new URL(own.url)
    const server = await start({ DATABASE_URL: own.url.replace(host, `127.0.0.1:1,${host}`) })
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    await servers.pop()?.stop()
    await own.drop()
  })

  it('a role without rights, and too many connections', async () => {
    const { default: postgres } = await import('postgres')
    const empty = await freshDatabase()
    const sql = postgres(inject('postgresUrl'), { max: 1, onnotice: () => {} })
    const role = `guest_${empty.name}`
    await sql.unsafe(`CREATE ROLE ${role} LOGIN PASSWORD 'guest' CONNECTION LIMIT 40`)
    const url = Object.assign(new URL(empty.url), { username: role, password: 'guest' }).href
    await expect(start({ DATABASE_URL: url })).rejects.toThrow(/may not create tables/)
    await sql.unsafe(`ALTER ROLE ${role} CONNECTION LIMIT 0`)
    await expect(start({ DATABASE_URL: url })).rejects.toThrow(/no free connection.*53300/)
    await empty.drop()
    await sql.unsafe(`DROP ROLE ${role}`)
    await sql.end()
  })
})
