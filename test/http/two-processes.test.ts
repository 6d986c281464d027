/** Two processes on one database: whatever begins at one may go on at the other, and nothing happens twice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { administer, enrolBy, FORUM, mustSucceed, pageOf, postAction, startAuthority } from '../setup/authority.ts'
import { approvedToken, type Cast, propose, startCast, storyOf } from './cast.ts'
import { wire } from './passkey-json.ts'
import { type WatchedAuthority, watch } from './watch.ts'

let cast: Cast
let second: WatchedAuthority
let benAtSecond: Client
beforeAll(async () => {
  cast = await startCast()
  const { config, databaseUrl } = cast.authority
  const settings = { COUNTERSIGN_ORIGIN: config.origin, COUNTERSIGN_PENDING_PER_AGENT: '10000' }
  second = watch(await startAuthority({ databaseUrl: String(databaseUrl), settings }))
  benAtSecond = pageOf(second)
  const { options } = mustSucceed(await benAtSecond.call('signInOptions'))
  const assertion = wire(await cast.ben.authenticator.assert({ challenge: String(options['challenge']) }))
  mustSucceed(await benAtSecond.call('signIn', { body: { assertion } }))
})
afterAll(async () => {
  await second.stop()
  await cast.authority.stop()
})

async function consentAt(page: Client, id: string) {
  const { options } = mustSucceed(await page.call('offerConsent', { params: { id } }))
  const assertion = wire(await cast.ben.authenticator.assert({ challenge: String(options['challenge']) }))
  return page.call('consent', { params: { id }, body: { assertion } })
}

describe('two processes', () => {
  it('carry one request: opened here, consented to there, collected here, redeemed there', async () => {
    const request = await propose(cast.agent)
    expect(mustSucceed(await consentAt(benAtSecond, request.id)).state).toBe('approved')
    const { token } = mustSucceed(await cast.agent.call('collectToken', { params: { id: request.id } }))
    mustSucceed(await second.client(cast.forum.credential).call('redeem', { body: { token } }))
    expect(await storyOf(cast.authority, request.trace)).toEqual([
      'request.created',
      'request.decided',
      'consent.given',
      'token.issued',
      'token.redeemed',
    ])
  })

  it('wake each other’s long polls', async () => {
    const { id } = await propose(cast.agent)
    const waiting = cast.agent.call('collectToken', { params: { id }, waitSeconds: 30 })
    await new Promise((resolve) => setTimeout(resolve, 50))
    mustSucceed(await consentAt(benAtSecond, id))
    const startedAt = performance.now()
    mustSucceed(await waiting)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })

  it('offer at one what is signed at the other', async () => {
    const { id } = await propose(cast.agent)
    const { options } = mustSucceed(await cast.ben.page.call('offerConsent', { params: { id } }))
    const assertion = wire(await cast.ben.authenticator.assert({ challenge: String(options['challenge']) }))
    mustSucceed(await benAtSecond.call('consent', { params: { id }, body: { assertion } }))
  })

  it('let exactly one of many redeemers win', async () => {
    const here = cast.forum.client
    const there = second.client(cast.forum.credential)
    for (let round = 0; round < 3; round++) {
      const { token } = await approvedToken(cast.agent, cast.ben)
      const racers = Array.from({ length: 10 }, (_, at) => (at % 2 ? here : there).call('redeem', { body: { token } }))
      const answers = await Promise.all(racers)
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
      const refused = answers.filter(({ ok }) => !ok)
      for (const answer of refused) expect(answer).toMatchObject({ problem: { code: 'token_redeemed' } })
    }
  })

  it('issue one token where both are asked for it', async () => {
    const { id } = await propose(cast.agent)
    mustSucceed(await cast.ben.consent(id))
    const collect = (agent: Client) => agent.call('collectToken', { params: { id } })
    const answers = await Promise.all([collect(cast.agent), collect(cast.agent), collect(cast.agent)])
    expect(new Set(answers.map((answer) => mustSucceed(answer).jti)).size).toBe(1)
  })

  it('open one request for one Idempotency-Key', async () => {
    const proposal = { body: { audience: FORUM, action: postAction() }, headers: { 'idempotency-key': 'both' } }
    const agents = [cast.agent, second.client(cast.agentSecret)]
    const answers = await Promise.all(agents.flatMap((agent) => [agent.propose(proposal), agent.propose(proposal)]))
    expect(new Set(answers.map((answer) => mustSucceed(answer).id)).size).toBe(1)
  })

  it('count a person who came at one, where the policy denied the call before', async () => {
    const people = await cast.authority.store.countPeople()
    const rule = `forbid (principal, action == Action::"forum.read", resource is Resource) unless { context.people > ${people} };`
    await administer(cast.authority, cast.ada, {
      name: 'countersign.policy.publish',
      resource: 'policy',
      arguments: { version: 1, text: `${DEFAULT_POLICY}\n${rule}` },
    })
    // It knows this policy from now on.
    await propose(second.client(cast.agentSecret))
    await enrolBy(cast.authority, cast.ada, 'Cleo Approver')
    const action = postAction('x', { name: 'forum.read' })
    const { token } = mustSucceed(await cast.agent.propose({ body: { audience: FORUM, action } }))
    mustSucceed(await second.client(cast.forum.credential).call('redeem', { body: { token: String(token) } }))
  })

  it('end a session, an agent and an offer for both', async () => {
    const { id } = await propose(cast.agent)
    mustSucceed(await benAtSecond.call('signOut'))
    expect(await benAtSecond.call('inbox')).toMatchObject({ ok: false, status: 401 })
    const { token } = await approvedToken(cast.agent, cast.ben)
    mustSucceed(await second.operator.call('revokeAgent', { params: { id: 'helpdesk-agent' } }))
    expect(await cast.agent.call('viewRequest', { params: { id } })).toMatchObject({ ok: false, status: 401 })
    const redeemed = await cast.forum.client.call('redeem', { body: { token } })
    expect(redeemed).toMatchObject({ ok: false, problem: { code: 'token_revoked' } })
    expect(await cast.ben.consent(id)).toMatchObject({ ok: false, problem: { code: 'request_denied' } })
  })
})
