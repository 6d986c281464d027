/** `/metrics`: valid for the reference parser, and every figure true after a run in which the right ones are known. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newSalt } from '@countersign/verifier'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, createClient } from '../../src/client/client.ts'
import { type RunningServer, startServer } from '../../src/node/server.ts'
import {
  addAgent,
  addExecutor,
  enrol,
  FORUM,
  freePort,
  mustSucceed,
  type Person,
  postAction,
} from '../setup/authority.ts'
import { readOpenMetrics, type Samples } from '../setup/openmetrics.ts'
import { migratedDatabase, type TestDatabase } from '../setup/postgres.ts'

let server: RunningServer
let database: TestDatabase
let metricsPort: number
let operator: Client
let agent: Client
let executor: Client
let executorCredential: string
let ada: Person
let otherCredential: string
const client = (credential: string) => createClient({ origin: server.url, credential })

beforeAll(async () => {
  database = await migratedDatabase()
  metricsPort = await freePort()
  server = await startServer({
    COUNTERSIGN_ORIGIN: `http://localhost:${await freePort()}`,
    COUNTERSIGN_DATA_DIR: mkdtempSync(join(tmpdir(), 'countersign-test-')),
    COUNTERSIGN_LOG_LEVEL: 'silent',
    COUNTERSIGN_METRICS_PORT: String(metricsPort),
    DATABASE_URL: database.url,
  })
  operator = client(server.operatorCredential)
  agent = client(await addAgent({ operator }, 'helpdesk-agent'))
  otherCredential = await addAgent({ operator }, 'other-agent')
  executorCredential = (await addExecutor({ operator })).credential
  executor = client(executorCredential)
  ada = await enrol({ config: server.config, fetch }, server.bootstrapLink ?? '', 'Ada Admin')
})
afterAll(async () => {
  await server.stop()
  await database.drop()
})

async function scrape(url = `http://localhost:${metricsPort}/metrics`, init: RequestInit = {}) {
  const answer = await fetch(url, init)
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
}

/** How much each sample that changed rose between two scrapes. */
function rises(before: Samples, after: Samples): Record<string, number> {
  const changed = [...after].filter(([name, value]) => value !== (before.get(name) ?? 0) && !name.includes('_bucket'))
  return Object.fromEntries(changed.map(([name, value]) => [name, value - (before.get(name) ?? 0)]))
}

const countersOf = (samples: Record<string, number>) =>
  Object.fromEntries(Object.entries(samples).filter(([name]) => /^countersign_\w+_(total|count)\b/.test(name)))

const propose = (more = {}) => agent.propose({ body: { audience: FORUM, action: postAction('Hello', more) } })
const approved = async () => {
  const { id } = mustSucceed(await propose())
  mustSucceed(await ada.consent(id))
  return mustSucceed(await agent.call('collectToken', { params: { id } })).token
}

async function expireNow(id: string): Promise<void> {
  const sql = postgres(database.url, { max: 1 })
  await sql`UPDATE requests SET expires_at = created_at WHERE id = ${id}`
  await sql.end()
  await expect.poll(async () => mustSucceed(await agent.call('viewRequest', { params: { id } })).state).toBe('expired')
}

/** A stream of the executor, until the result is called. */
async function follow(): Promise<() => Promise<void>> {
  const { body } = await fetch(`${server.url}/executor/events`, {
    headers: { authorization: `Bearer ${executorCredential}` },
  })
  const reader = body?.getReader()
  await reader?.read()
  return async () => reader?.cancel()
}

describe('/metrics', () => {
  it('counts what was decided, answered, redeemed and refused, each once', async () => {
    const before = readOpenMetrics((await scrape()).text)
    mustSucceed(await propose({ name: 'forum.read' }))
    expect(await propose({ name: 'forum.burn' })).toMatchObject({ problem: { code: 'policy_denied' } })
    const token = await approved()
    mustSucceed(await executor.call('redeem', { body: { token } }))
    expect(await executor.call('redeem', { body: { token } })).toMatchObject({ problem: { code: 'token_redeemed' } })
    const denied = mustSucceed(await propose()).id
    mustSucceed(await ada.page.call('deny', { params: { id: denied }, body: {} }))
    const withdrawn = mustSucceed(await propose()).id
    mustSucceed(await agent.call('withdrawRequest', { params: { id: withdrawn } }))
    await expireNow(mustSucceed(await propose()).id)
    const expired = async () =>
      readOpenMetrics((await scrape()).text).get('countersign_answers_total{answer="expired"}')
    await expect.poll(expired).toBe(1)
    mustSucceed(await executor.call('reportRefusal', { body: { code: 'action_mismatch', name: 'forum.post' } }))
    const after = readOpenMetrics((await scrape()).text)
    expect(countersOf(rises(before, after))).toEqual({
      'countersign_decisions_total{decision="allow"}': 1,
      'countersign_decisions_total{decision="deny"}': 1,
      'countersign_decisions_total{decision="approval"}': 4,
      'countersign_answers_total{answer="approved"}': 1,
      'countersign_answers_total{answer="denied"}': 1,
      'countersign_answers_total{answer="withdrawn"}': 1,
      'countersign_answers_total{answer="expired"}': 1,
      'countersign_answer_seconds_count{answer="approved"}': 1,
      'countersign_answer_seconds_count{answer="denied"}': 1,
      countersign_redemptions_total: 1,
      'countersign_refusals_total{code="policy_denied"}': 1,
      'countersign_refusals_total{code="token_redeemed"}': 1,
      'countersign_executor_refusals_total{code="action_mismatch"}': 1,
      'countersign_http_responses_total{class="2xx"}': expect.any(Number),
      'countersign_http_responses_total{class="4xx"}': 2,
    })
  })

  it('counts a request that was revoked, or ended with its agent, as stopped, and no other', async () => {
    const other = client(otherCredential)
    const before = readOpenMetrics((await scrape()).text)
    const [revoked, decided] = [mustSucceed(await propose()).id, mustSucceed(await propose()).id]
    mustSucceed(await ada.consent(decided))
    for (const id of [revoked, decided]) mustSucceed(await operator.call('revokeRequest', { params: { id } }))
    expect(await operator.call('revokeRequest', { params: { id: revoked } })).toMatchObject({ status: 404 })
    const body = () => ({ audience: FORUM, action: postAction() })
    for (let time = 0; time < 2; time++) mustSucceed(await other.propose({ body: body() }))
    mustSucceed(await ada.consent(mustSucceed(await other.propose({ body: body() })).id))
    mustSucceed(await operator.call('revokeAgent', { params: { id: 'other-agent' } }))
    const counted = countersOf(rises(before, readOpenMetrics((await scrape()).text)))
    expect(counted).toMatchObject({
      'countersign_answers_total{answer="approved"}': 2,
      'countersign_answers_total{answer="stopped"}': 3,
    })
    expect(Object.keys(counted).filter((name) => name.startsWith('countersign_answers'))).toHaveLength(2)
  })

  it('says what waits: requests, deliveries, entries without a proof, streams, the pool', async () => {
    const close = await follow()
    const waiting = [mustSucceed(await propose()).id, mustSucceed(await propose()).id]
    const sql = postgres(database.url, { max: 1 })
    await sql`INSERT INTO deliveries (id, channel, recipient, target, message, created_at, due_at, attempts, state)
      SELECT 'd' || n, 'mail', 'nobody', 'nobody', '{}', 0, 4102444800, 0, 'waiting' FROM generate_series(1, 3) AS n`
    await sql.end()
    await expect
      .poll(async () => readOpenMetrics((await scrape()).text).get('countersign_log_unproved_entries'))
      .toBe(0)
    const samples = readOpenMetrics((await scrape()).text)
    expect(samples.get('countersign_requests_waiting')).toBe(2)
    expect(samples.get('countersign_outbox{stage="mail"}')).toBe(3)
    expect(samples.get('countersign_outbox{stage="push"}')).toBe(0)
    expect(samples.get('countersign_streams')).toBe(1)
    expect(samples.get('countersign_stream_lag_seconds')).toBe(0)
    expect(samples.get('countersign_log_lag_seconds')).toBe(0)
    expect(samples.get('countersign_log_unindexed_entries')).toBeGreaterThan(0)
    expect(samples.get('countersign_log_unindexed_entries')).toBeLessThan(256)
    expect(samples.get('countersign_database_up')).toBe(1)
    expect(samples.get('countersign_database_connections')).toBe(25)
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1_000_000)
    for (const id of waiting) mustSucceed(await agent.call('withdrawRequest', { params: { id } }))
    await close()
    await expect.poll(async () => readOpenMetrics((await scrape()).text).get('countersign_streams')).toBe(0)
  })

  it('shows that the ledger lags while no checkpoint can be published', async () => {
    const sql = postgres(database.url, { max: 2 })
    await sql.begin(async (transaction) => {
      await transaction`LOCK TABLE checkpoints IN SHARE MODE`
      mustSucceed(await propose({ name: 'forum.read' }))
      const lag = async () => readOpenMetrics((await scrape()).text).get('countersign_log_lag_seconds') ?? 0
      await expect.poll(lag, { timeout: 8000 }).toBeGreaterThan(0)
      const samples = readOpenMetrics((await scrape()).text)
      expect(samples.get('countersign_log_unproved_entries')).toBeGreaterThan(0)
      const underWay = async () => readOpenMetrics((await scrape()).text).get('countersign_database_under_way')
      await expect.poll(underWay, { timeout: 8000 }).toBeGreaterThan(0)
    })
    await sql.end()
  })

  it('counts what a kill switch stops', async () => {
    const order = { selector: { agent: 'helpdesk-agent' }, reason: 'A test' }
    mustSucceed(await operator.call('engageKillSwitch', { body: order }))
    const before = readOpenMetrics((await scrape()).text)
    expect(await propose()).toMatchObject({ problem: { code: 'killed' } })
    const rise = rises(before, readOpenMetrics((await scrape()).text))
    expect(rise).toMatchObject({
      'countersign_decisions_total{decision="stopped"}': 1,
      'countersign_refusals_total{code="killed"}': 1,
    })
  })

  it('has as many series whatever callers send', async () => {
    const before = readOpenMetrics((await scrape()).text)
    for (let n = 0; n < 20; n++) {
      await fetch(`${server.url}/no/such/${newSalt()}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${newSalt()}` },
      })
      await propose({ name: `forum.${newSalt()}` })
    }
    const after = readOpenMetrics((await scrape()).text)
    const own = (samples: Samples) => [...samples.keys()].filter((name) => name.startsWith('countersign_'))
    expect(own(after)).toEqual(own(before))
  })

  it('is for operators and auditors at the authority’s own port', async () => {
    const as = (credential: string) =>
      scrape(`${server.url}/metrics`, { headers: { authorization: `Bearer ${credential}` } })
    expect(await scrape(`${server.url}/metrics`)).toMatchObject({ status: 401 })
    expect(await as(executorCredential)).toMatchObject({ status: 403 })
    const answer = await as(server.operatorCredential)
    expect(answer).toMatchObject({ status: 200, type: 'application/openmetrics-text; version=1.0.0; charset=utf-8' })
    expect(answer.text).toMatch(/# EOF\n$/)
    readOpenMetrics(answer.text)
  })

  it('has nothing but metrics at the port of its own', async () => {
    expect(await scrape(`http://localhost:${metricsPort}/admin/agents`)).toMatchObject({ status: 404, text: '' })
    const wrong = await fetch(`http://localhost:${metricsPort}/metrics`, { method: 'POST' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect(await scrape(undefined, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
  })

  it('refuses to start where that port is taken, and names the setting', async () => {
    const again = startServer({
      COUNTERSIGN_ORIGIN: `http://localhost:${await freePort()}`,
      COUNTERSIGN_DATA_DIR: mkdtempSync(join(tmpdir(), 'countersign-test-')),
      COUNTERSIGN_METRICS_PORT: String(metricsPort),
    })
    await expect(again).rejects.toThrow(/COUNTERSIGN_METRICS_PORT.*EADDRINUSE/)
  })
})
