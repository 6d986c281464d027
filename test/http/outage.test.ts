/** PostgreSQL really gone: its wire cut in mid-request, its sessions ended by an administrator, then back. */
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { freshDatabase, type TestDatabase } from '../setup/postgres.ts'
import { type Wire, wireTo } from '../setup/wire.ts'
import { approvedToken, type Cast, propose, startCast } from './cast.ts'

let cast: Cast
let wire: Wire
let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
  wire = await wireTo(database.url)
  cast = await startCast({ databaseUrl: wire.url })
})
afterAll(async () => {
  await cast.authority.stop()
  await wire.cut()
  await database.drop()
})

const open = () => cast.agent.propose({ body: { audience: FORUM, action: postAction() } })
const unreachable = { ok: false, status: 503, problem: { code: 'authority_unreachable', retryAfterSeconds: 2 } }

/** Until the first call works again. */
async function recovered(): Promise<void> {
  while (!(await open()).ok) await new Promise((resolve) => setTimeout(resolve, 20))
}

const endSessions = async () => {
  const sql = postgres(inject('postgresUrl'), { max: 1 })
  await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${database.name}`
  await sql.end()
}

describe('PostgreSQL', () => {
  it('away: every call is refused at once, and nothing is done', async () => {
    const { token } = await approvedToken(cast.agent, cast.ben)
    const redeem = () => cast.forum.client.call('redeem', { body: { token } })
    await wire.cut()
    const startedAt = performance.now()
    expect(await open()).toMatchObject(unreachable)
    expect(await redeem()).toMatchObject(unreachable)
    expect(await cast.ben.page.call('inbox')).toMatchObject(unreachable)
    expect(await cast.authority.operator.call('ready')).toMatchObject({ ok: false, status: 503 })
    expect(performance.now() - startedAt).toBeLessThan(15_000)
    await wire.mend()
    await recovered()
    mustSucceed(await redeem())
    expect(await redeem()).toMatchObject({ ok: false, problem: { code: 'token_redeemed' } })
  })

  it('cut off in mid-request: each call ends in an answer or a 503, and each fact stands once', async () => {
    const keys = Array.from({ length: 24 }, (_, at) => ({
      body: { audience: FORUM, action: postAction(`number ${at}`) },
      headers: { 'idempotency-key': `cut-${at}` },
    }))
    const sent = keys.map((proposal) => cast.agent.propose(proposal))
    await new Promise((resolve) => setTimeout(resolve, 15))
    await wire.cut()
    for (const answer of await Promise.all(sent)) {
      if (!answer.ok) expect(answer).toMatchObject(unreachable)
    }
    await wire.mend()
    await recovered()
    const first = await Promise.all(keys.map((proposal) => cast.agent.propose(proposal)))
    const again = await Promise.all(keys.map((proposal) => cast.agent.propose(proposal)))
    const ids = first.map((answer) => mustSucceed(answer).id)
    expect(again.map((answer) => mustSucceed(answer).id)).toEqual(ids)
    expect(new Set(ids).size).toBe(keys.length)
  })

  it('with its sessions ended by an administrator: works again by itself', async () => {
    await endSessions()
    await recovered()
  })

  it('back again: a long poll that was under way still hears of the consent', async () => {
    const { id } = await propose(cast.agent)
    const poll = () => cast.agent.call('collectToken', { params: { id }, waitSeconds: 60 })
    let waiting = poll()
    for (let isHeld = false; !isHeld; ) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      await endSessions()
      await recovered()
      isHeld = (await Promise.race([waiting, 'held'])) === 'held'
      // Its first look at the database was still going on: that one was refused.
      if (!isHeld) waiting = poll()
    }
    mustSucceed(await cast.ben.consent(id))
    expect(mustSucceed(await waiting).token).toMatch(/^eyJ/)
  })
})
