/**
 * Figures of the log, on a PostgreSQL that writes durably. Not a test: `node test/ledger/measure.mjs`.
 *
 * Out: entries written, sequenced, integrated and published a second, fed by 16 writers, against bare rows inserted by
 * as many; how long after its commit an entry can be proved; redemptions a second with the log at work and without.
 */
import { createHash, randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { generateLogKey, importLogKey } from '../../src/ledger/log-key.ts'
import { createLogRunner } from '../../src/ledger/run.ts'
import { loadMigrations } from '../../src/node/open-database.ts'
import { createStore } from '../../src/store/create-store.ts'
import { migrate } from '../../src/store/migrate.ts'
import { connectPostgres } from '../../src/store/postgres.ts'
import { createDatabases } from '../bench/databases.ts'
import { load } from '../bench/load.ts'
import { startRedeemingProduct } from '../bench/redemption-ground.ts'

const WRITERS = 16
const SECONDS = 10
const databases = createDatabases()
const quantile = (values: readonly number[], q: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * q)] ?? 0
const say = (what: string, figures: object) => process.stdout.write(`${what} ${JSON.stringify(figures)}\n`)

async function writers(url: string, insert: (sql: postgres.Sql) => Promise<unknown>, seconds = SECONDS, pauseMs = 0) {
  const end = performance.now() + seconds * 1000
  let count = 0
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      const sql = postgres(url, { max: 1, onnotice: () => {} })
      while (performance.now() < end) {
        await insert(sql)
        count++
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
      await sql.end()
    }),
  )
  return count
}

const row = () => {
  const trace = randomBytes(16).toString('hex')
  const body = JSON.stringify({
    action: `sha-256:${randomBytes(32).toString('base64url')}`,
    agent: 'helpdesk-agent',
    at: 1_800_000_000,
    executor: 'https://forum.example',
    jti: randomBytes(16).toString('base64url'),
    name: 'forum.post',
    principal: 'ada',
    request: randomBytes(16).toString('base64url'),
    trace,
    type: 'token.redeemed',
    v: 1,
  })
  return { trace, body, leaf: createHash('sha256').update('\0').update(body).digest() }
}
const insertEntry = async (sql: postgres.Sql) => {
  const { trace, body, leaf } = row()
  const [written] = await sql`INSERT INTO entries (type, at, trace, body, leaf)
    VALUES ('token.redeemed', 1800000000, ${trace}, ${body}, ${leaf}) RETURNING id`
  return Number(written?.['id'])
}

async function ground() {
  const url = await databases.fresh()
  const database = connectPostgres(url)
  const migrations = await loadMigrations()
  await migrate(database, migrations)
  const store = createStore(database, migrations)
  const key = await importLogKey(await generateLogKey(), 'log.example/log')
  const seen: { size: number; at: number }[] = []
  const runner = createLogRunner({
    store,
    key,
    now: () => Math.floor(Date.now() / 1000),
    published: ({ size }) => void seen.push({ size, at: performance.now() }),
    failed: console.error,
  })
  return { url, store, runner, seen }
}

async function throughput() {
  const bareUrl = await databases.fresh()
  const sql = postgres(bareUrl, { max: 1, onnotice: () => {} })
  await sql`CREATE TABLE bare (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, body text NOT NULL)`
  for (const round of [1, 2]) {
    const bare = await writers(bareUrl, (one) => one`INSERT INTO bare (body) VALUES (${row().body})`)
    const { url, store, runner } = await ground()
    const alone = await writers(url, insertEntry)
    while ((await runner.advance()) > 0);
    const before = await store.treeSize()
    const startedAt = performance.now()
    const stop = runner.start()
    const written = await writers(url, insertEntry)
    const atEnd = (await store.checkpoint('published'))?.size ?? 0
    while (((await store.checkpoint('published'))?.size ?? 0) < before + written)
      await new Promise((r) => setTimeout(r, 20))
    const took = (performance.now() - startedAt) / 1000
    await stop()
    say(`throughput ${round}`, {
      bareRowsPerSecond: bare / SECONDS,
      entriesPerSecondLogOff: alone / SECONDS,
      entriesPerSecondLogOn: written / SECONDS,
      publishedPerSecond: written / took,
      behindAtEnd: before + written - atEnd,
    })
  }
  await sql.end()
}

async function latency() {
  const { url, store, runner, seen } = await ground()
  const committed = new Map<number, number>()
  const stop = runner.start()
  await writers(url, async (sql) => void committed.set(await insertEntry(sql), performance.now()), SECONDS, 40)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  await stop()
  const sql = postgres(url, { max: 1 })
  const leaves = await sql`SELECT index, entry FROM leaves ORDER BY index`
  const waits = leaves.map(
    ({ index, entry }) =>
      (seen.find(({ size }) => size > Number(index))?.at ?? 0) - (committed.get(Number(entry)) ?? 0),
  )
  say('commit→provable, ms', {
    entries: waits.length,
    p50: quantile(waits, 0.5),
    p99: quantile(waits, 0.99),
    max: Math.max(...waits),
    size: await store.treeSize(),
  })
  await sql.end()
}

async function redemption() {
  const product = await startRedeemingProduct(databases)
  const { sql } = product
  const ROUND = 3000
  const messages = await product.messages(ROUND * 11)
  const figures: Record<'on' | 'off', number[]> = { on: [], off: [] }
  const drained = async () => {
    for (;;) {
      const [state] = await sql`SELECT (SELECT count(*) FROM entries) - (SELECT count(*) FROM leaves) AS left`
      if (Number(state?.['left']) === 0) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const hold = async () => {
    for (;;) {
      const [got] = await sql`SELECT pg_try_advisory_lock(hashtextextended('countersign/log', 0)) AS held`
      if (got?.['held']) return
      const [holder] = await sql`SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
      if (holder) await sql`SELECT pg_terminate_backend(${holder['pid']})`
    }
  }
  for (let round = 0; round < 11; round++) {
    const way = round % 2 === 0 ? 'on' : 'off'
    await drained()
    if (way === 'off') await hold()
    const done = await load({
      port: product.product.port,
      messages: messages.slice(round * ROUND, (round + 1) * ROUND),
      expected: 201,
    })
    if (round > 0) figures[way].push(Math.round(done.perSecond))
    if (way === 'off') await sql`SELECT pg_advisory_unlock_all()`
  }
  say('redemptions/s', { ...figures, medianOn: quantile(figures.on, 0.5), medianOff: quantile(figures.off, 0.5) })
  await product.stop()
}

async function drain() {
  const { url, store, runner } = await ground()
  await writers(url, insertEntry, 8)
  const spent: Record<string, number> = {}
  for (const name of ['sequence', 'leaves', 'tiles', 'grow', 'texts', 'replaceCheckpoint', 'treeSize'] as const) {
    const real = store[name] as (...args: unknown[]) => Promise<unknown>
    Object.assign(store, {
      [name]: async (...args: unknown[]) => {
        const startedAt = performance.now()
        const result = await real(...args)
        spent[name] = Math.round((spent[name] ?? 0) + performance.now() - startedAt)
        return result
      },
    })
  }
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  let count = 0
  for (let n = 1; n > 0; count += n) n = await runner.advance()
  const took = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  say('drain', {
    count,
    perSecond: Math.round((count * 1000) / took),
    took,
    nodeCpuMs: Math.round((user + system) / 1000),
    spent,
  })
}

/** A log of ten million entries, made in the database, and every filter asked of it ten times. */
async function search() {
  const COUNT = Number(process.env['COUNT'] ?? 10_000_000)
  const url = await databases.fresh()
  const database = connectPostgres(url, { statementTimeoutMs: null })
  const migrations = await loadMigrations()
  await migrate(database, migrations)
  const store = createStore(database, migrations)
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const definitions = await sql`SELECT indexdef, indexname FROM pg_indexes WHERE schemaname = 'public'
    AND tablename IN ('entries', 'entry_index') AND indexname NOT LIKE '%pkey'`
  for (const { indexname } of definitions) await sql.unsafe(`DROP INDEX ${indexname}`)
  const types =
    "(ARRAY['request.created','request.decided','consent.given','token.issued','token.redeemed','outcome.reported'])[1 + n % 6]"
  await sql.unsafe(`INSERT INTO entries (type, at, trace, body, leaf)
    SELECT ${types}, 1700000000 + n, md5((n / 6)::text)::uuid, '{"v":1}', sha256(n::text::bytea) FROM generate_series(0, ${COUNT - 1}) n`)
  await sql.unsafe(`INSERT INTO leaves SELECT n, n + 1 FROM generate_series(0, ${COUNT - 1}) n`)
  await sql.unsafe(`INSERT INTO entry_index SELECT n, 1700000000 + n, ${types}, md5((n / 6)::text)::uuid,
    CASE WHEN n / 6 % 100000 = 7 THEN 'agent-rare' WHEN n / 6 % 2 = 0 THEN 'agent-busy' ELSE 'agent-' || n / 6 % 200 END,
    'principal-' || n / 6 % 500, CASE WHEN n % 6 = 2 THEN 'approver-' || n / 6 % 50 END, 'https://executor-' || n / 6 % 20 || '.example',
    'action.' || n / 6 % 100, 'sha-256:' || md5((n / 6)::text), sha256(('resource:' || n / 6 % 10000)::bytea),
    CASE WHEN n % 6 = 5 THEN (CASE WHEN n / 6 % 1000 = 0 THEN 'aborted' ELSE 'succeeded' END) END,
    CASE WHEN n % 6 = 3 THEN (CASE WHEN n / 6 % 3 = 0 THEN 'policy' ELSE 'human' END) END, n FROM generate_series(0, ${COUNT - 1}) n`)
  for (const { indexdef } of definitions) await sql.unsafe(String(indexdef))
  await sql.unsafe(`INSERT INTO activity SELECT w, at - at % w, type, count(*), min(leaf_index), max(leaf_index)
    FROM entry_index, (VALUES (60), (3600)) AS widths (w) GROUP BY 1, 2, 3`)
  await sql`ANALYZE`
  const middle = 1_700_000_000 + COUNT / 2
  const resource = new Uint8Array(createHash('sha256').update('resource:77').digest())
  const filters = {
    none: {},
    agentBusy: { agent: 'agent-busy' },
    agentRare: { agent: 'agent-rare' },
    agentNobody: { agent: 'nobody' },
    principal: { principal: 'principal-77' },
    approver: { approver: 'approver-7' },
    executor: { executor: 'https://executor-7.example' },
    name: { name: 'action.7' },
    action: { action: `sha-256:${createHash('md5').update('77777').digest('hex')}` },
    resource: { resource },
    outcome: { outcome: 'succeeded' },
    outcomeRare: { outcome: 'aborted' },
    outcomeNone: { outcome: 'failed' },
    type: { type: 'consent.given' },
    origin: { origin: 'policy' },
    trace: { trace: createHash('md5').update('77777').digest('hex') },
    lastHour: { from: 1_700_000_000 + COUNT - 3600 },
    upToMiddle: { to: middle },
    hourInTheMiddle: { from: middle, to: middle + 3600 },
    dayInTheMiddle: { from: middle, to: middle + 86_400 },
    text: { text: 'agent-rare' },
    textNobody: { text: 'nobody' },
    agentInAnHour: { agent: 'agent-77', from: middle, to: middle + 3600 },
  }
  const slowest: Record<string, number> = {}
  for (const [name, filter] of Object.entries(filters)) {
    for (const order of ['newest', 'oldest'] as const) {
      for (let n = 0; n < 10; n++) {
        const startedAt = performance.now()
        await store.search(filter, { order, after: null, limit: 50 })
        if (n > 0) slowest[name] = Math.max(slowest[name] ?? 0, Math.round((performance.now() - startedAt) * 10) / 10)
      }
    }
  }
  const span = { from: 1_700_000_000 - (1_700_000_000 % 3600), to: 1_700_000_000 + COUNT, seconds: 86_400, width: 3600 }
  const startedAt = performance.now()
  await store.activity(span)
  say('search, slowest of 18, ms', { count: COUNT, ...slowest, activity: Math.round(performance.now() - startedAt) })
}

const parts = { drain, throughput, latency, redemption, search }
for (const [name, part] of Object.entries(parts)) {
  if (process.argv.length < 3 || process.argv.includes(name)) await part()
}
await databases.stop()
process.exit(0)
