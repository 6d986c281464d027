/** Kill switches: what one selects is neither opened, consented to, collected nor redeemed, and it counts exactly. */
import type { Selector } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import type { Endings } from '../../src/store/contract/request-store.ts'
import type { Engagement } from '../../src/store/contract/stop-store.ts'
import type { Store } from '../../src/store/contract/store.ts'
import type { Given } from './contract.ts'
import { enrol } from './contract-people.ts'
import { live } from './contract-tokens.ts'
import {
  allowed,
  carrying,
  consentOf,
  digest,
  entry,
  id,
  issued,
  NOW,
  type Parties,
  parties,
  payload,
  redeem,
  requestRow,
  waiting,
} from './fixtures.ts'

const NOW_MS = (NOW + 9) * 1000
export const OWN = 'https://authority.example'

export function engagement(selector: Selector, fields: Partial<Engagement> = {}): Engagement {
  const switchId = fields.id ?? id()
  const reason = payload(switchId, 'killswitch', 'Something is wrong')
  const engaged = entry('killswitch.engaged', traceOf(switchId), { payloads: [reason.digest] })
  return {
    id: switchId,
    selector,
    selectorDigest: digest(),
    spared: OWN,
    engagedBy: 'operator',
    reason,
    idempotency: null,
    nowMs: () => NOW_MS,
    entriesFor: (ended) => entriesOf(ended, engaged),
    ...fields,
  }
}

export const entriesOf = async ({ tokens }: Endings, engaged = entry('killswitch.engaged')) => [
  engaged,
  ...tokens.map(({ jti, request }) => entry('token.revoked', request.trace, { jti })),
]

async function engage(store: Store, selector: Selector, fields: Partial<Engagement> = {}): Promise<string> {
  const engaged = engagement(selector, fields)
  expect(await store.engage(engaged)).toEqual({ verdict: 'engaged' })
  return engaged.id
}

/** An approved action, as `administer` carries one out. */
export async function release(store: Store, ...ids: string[]) {
  const own = await parties(store)
  const open = allowed(own)
  await store.openRequest(open)
  const change = { kind: 'killswitch.release', ids, atMs: NOW_MS + 5, request: open.request.id } as const
  const spent = redeem(own, open.token?.issued ?? { jti: '' })
  return store.administer({ redeem: spent, change, entries: [entry('killswitch.released')] })
}

const typesOf = async (store: Store, trace: string): Promise<string[]> =>
  (await store.entriesOfTrace(trace)).map(({ body }) => JSON.parse(body).type)

export function killSwitchContract(given: Given): void {
  it('stops what comes to each of the doors, and no one else', async () => {
    const { store } = given()
    const [of, other] = [await parties(store), await parties(store)]
    const { key } = await enrol(store)
    const [pending, approved, bystander] = [waiting(of), waiting(of), await live(store, other)]
    for (const open of [pending, approved]) await store.openRequest(open)
    await store.recordConsent(consentOf(approved.request.id, key, approved.request.trace))
    const token = await live(store, of)
    await engage(store, { executor: of.executor.audience })

    expect(await store.openRequest(allowed(of))).toEqual({ verdict: 'killed' })
    const keyed = { client: of.agent.id, endpoint: 'openRequest', key: id(), bodyHash: id() }
    expect(await store.openRequest(waiting(of, {}, { idempotency: keyed }))).toEqual({ verdict: 'killed' })
    expect(await store.openRequest(allowed(of, { idempotency: { ...keyed, key: id() } }))).toEqual({
      verdict: 'killed',
    })
    const { request } = pending
    expect(await store.recordConsent(consentOf(request.id, key, request.trace))).toEqual({ verdict: 'killed' })
    const collected = await carrying(store, approved.request)
    expect(await store.issueToken({ token: collected, entry: entry('token.issued') })).toEqual({ verdict: 'killed' })
    expect(await store.redeemOnce(redeem(of, token))).toEqual({ verdict: 'killed' })
    expect(await store.isStopped(request.id)).toBe(true)

    expect(await store.request(request.id)).toMatchObject({ state: 'pending', consents: 0 })
    expect(await store.issuedClaims(approved.request.id)).toBeUndefined()
    expect(await store.isStopped(bystander.request)).toBe(false)
    expect(await store.redeemOnce(redeem(other, bystander))).toMatchObject({ verdict: 'redeemed' })
  })

  it('writes nothing of what it refuses, and takes no key for it', async () => {
    const { store } = given()
    const of = await parties(store)
    const switchId = await engage(store, { agent: of.agent.id })
    const keyed = { client: of.agent.id, endpoint: 'openRequest', key: id(), bodyHash: id() }
    for (const open of [allowed(of), waiting(of, {}, { idempotency: keyed })]) {
      expect(await store.openRequest(open)).toEqual({ verdict: 'killed' })
      expect(await store.request(open.request.id)).toBeUndefined()
      expect(await store.entriesOfTrace(open.request.trace)).toEqual([])
    }
    expect(await release(store, switchId)).toMatchObject({ verdict: 'redeemed' })
    expect(await store.openRequest(waiting(of, {}, { idempotency: keyed }))).toMatchObject({ verdict: 'opened' })
    expect(await store.openRequest(allowed(of))).toMatchObject({ verdict: 'opened' })
  })

  describe('selects by', () => {
    const cases: readonly [string, (of: Parties, row: ReturnType<typeof requestRow>) => Selector, boolean][] = [
      ['the agent that asked', (of) => ({ agent: of.agent.id }), true],
      ['an agent far behind it', () => ({ agent: 'deep-agent' }), true],
      ['who may present the token', () => ({ agent: 'the-actor' }), true],
      ['another agent', () => ({ agent: 'deep' }), false],
      ['principal', (_, row) => ({ principal: row.principal }), true],
      ['action', () => ({ action: 'forum.post' }), true],
      ['how the action begins', () => ({ action: 'forum.*' }), true],
      ['another beginning', () => ({ action: 'forums.*' }), false],
      ['a part of the action', () => ({ action: 'forum.pos' }), false],
      ['request', (_, row) => ({ request: row.id }), true],
      ['trace', (_, row) => ({ trace: row.trace }), true],
      ['another trace', () => ({ trace: 'a'.repeat(32) }), false],
      ['all that is named', (of, row) => ({ agent: of.agent.id, principal: row.principal, action: '*' }), true],
      ['not by some of it', (of) => ({ agent: of.agent.id, principal: 'somebody else' }), false],
    ]
    it.each(cases)('%s', async (_, selectorOf, stops) => {
      const { store } = given()
      const of = await parties(store)
      const act = { sub: of.agent.id, act: { sub: 'middle', act: { sub: 'deep-agent' } } }
      const row = requestRow(of, { act, actor: 'the-actor', principal: id(), state: 'approved', origin: 'policy' })
      const token = issued(row)
      const open = { ...allowed(of), request: row, payloads: [] }
      const entries = [entry('request.created', row.trace)]
      await store.openRequest({ ...open, entries, token: { issued: token, entry: entry('token.issued', row.trace) } })
      // Nothing but this request is for this executor, so that others are left alone.
      await engage(store, { executor: of.executor.audience, ...selectorOf(of, row) })
      expect(await store.isStopped(row.id)).toBe(stops)
      expect((await store.redeemOnce(redeem(of, token))).verdict).toBe(stops ? 'killed' : 'redeemed')
    })
  })

  it('revokes what is live and unspent, counts what it hit, and is refused as revoked once released', async () => {
    const { store } = given()
    const of = await parties(store)
    const [unspent, several, spent] = [await live(store, of), await live(store, of, 3), await live(store, of)]
    await store.redeemOnce(redeem(of, spent))
    await store.redeemOnce(redeem(of, several))
    await store.openRequest(waiting(of))
    const selector = { executor: of.executor.audience }
    const streams = [of.executor.audience, 'https://another.example'].map((executor) => ({
      connection: id(),
      executor,
      sinceMs: NOW_MS,
      lagMs: 1,
    }))
    await store.keepStreams({ process: id(), streams, nowMs: NOW_MS })
    expect(await store.reach({ selector, spared: OWN, nowMs: NOW_MS })).toEqual({
      tokens: 2,
      pending: 1,
      executors: [of.executor.audience],
    })
    const switchId = await engage(store, selector)
    expect(await store.reach({ selector, spared: OWN, nowMs: NOW_MS })).toMatchObject({ tokens: 0, pending: 1 })
    expect(await store.killSwitch(switchId)).toEqual({
      id: switchId,
      trace: expect.stringMatching(/^[0-9a-f]{32}$/),
      selector,
      engagedAtMs: NOW_MS,
      engagedBy: 'operator',
      reason: 'Something is wrong',
      hits: { tokens: 2, pending: 1, executors: 1 },
      releasedAtMs: null,
      releaseRequest: null,
    })
    expect(await typesOf(store, unspent.trace)).toContain('token.revoked')
    expect(await typesOf(store, spent.trace)).not.toContain('token.revoked')
    expect(await store.revokedPositions(0)).toEqual(
      expect.arrayContaining([unspent.statusIndex, several.statusIndex].sort((a, b) => a - b)),
    )
    expect(await store.redeemOnce(redeem(of, spent))).toEqual({ verdict: 'spent' })
    await release(store, switchId)
    expect(await store.redeemOnce(redeem(of, unspent))).toEqual({ verdict: 'revoked' })
    expect((await store.killSwitches(10)).find((one) => one.id === switchId)).toMatchObject({
      releasedAtMs: NOW_MS + 5,
      releaseRequest: expect.any(String),
    })
  })

  it('never stops the authority itself', async () => {
    const { store } = given()
    const [of, other] = [await parties(store), await parties(store)]
    const switchId = await engage(store, {}, { spared: of.executor.audience })
    const token = await live(store, of)
    expect(await store.redeemOnce(redeem(of, token))).toMatchObject({ verdict: 'redeemed' })
    expect(await store.openRequest(allowed(other))).toEqual({ verdict: 'killed' })
    // As the approved action that it is, so it must be of the executor that is spared.
    const open = allowed(of)
    await store.openRequest(open)
    const change = { kind: 'killswitch.release', ids: [switchId], atMs: NOW_MS, request: open.request.id } as const
    const released = store.administer({ redeem: redeem(of, open.token?.issued ?? { jti: '' }), change, entries: [] })
    expect(await released).toMatchObject({ verdict: 'redeemed' })
  })

  it('is one with another that has the same selector and is active, also when 16 are engaged at once', async () => {
    const { store } = given()
    const of = await parties(store)
    const selectorDigest = digest()
    const again = () => store.engage(engagement({ agent: of.agent.id }, { selectorDigest }))
    const verdicts = await Promise.all(Array.from({ length: 16 }, again))
    expect(verdicts.filter(({ verdict }) => verdict === 'engaged')).toHaveLength(1)
    const ids = new Set(verdicts.flatMap((verdict) => ('id' in verdict ? [verdict.id] : [])))
    expect(ids.size).toBe(1)
    const [active = ''] = ids
    expect(verdicts.filter(({ verdict }) => verdict === 'active')).toHaveLength(15)
    expect(await release(store, active)).toMatchObject({ verdict: 'redeemed' })
    expect(await again()).toEqual({ verdict: 'engaged' })
    await release(
      store,
      ...(await store.killSwitches(0)).flatMap(({ id, selector }) => (selector.agent === of.agent.id ? [id] : [])),
    )
  })

  it('is released with others, all or none', async () => {
    const { store } = given()
    const of = await parties(store)
    const ids = [
      await engage(store, { agent: of.agent.id }),
      await engage(store, { executor: of.executor.audience }),
      await engage(store, { principal: of.agent.id }),
    ]
    expect(await release(store, ...ids, id())).toEqual({ verdict: 'exists' })
    const active = async () => (await store.killSwitches(0)).filter((one) => ids.includes(one.id))
    expect(await active()).toHaveLength(3)
    expect(await release(store, ...ids)).toMatchObject({ verdict: 'redeemed' })
    expect(await active()).toEqual([])
  })

  it('is released once, and leaves the token unspent where there is nothing to release', async () => {
    const { store } = given()
    const of = await parties(store)
    const switchId = await engage(store, { agent: of.agent.id })
    const verdicts = await Promise.all([release(store, switchId), release(store, switchId), release(store, switchId)])
    expect(verdicts.map(({ verdict }) => verdict).sort()).toEqual(['exists', 'exists', 'redeemed'])
    expect(await release(store, id())).toEqual({ verdict: 'exists' })
  })

  it('is engaged once by one key, however often', async () => {
    const { store } = given()
    const of = await parties(store)
    const idempotency = { client: 'ada', endpoint: 'engageKillSwitch', key: id(), bodyHash: id() }
    const all = Array.from({ length: 8 }, () => engagement({ agent: of.agent.id }, { idempotency }))
    const verdicts = await Promise.all(all.map((one) => store.engage(one)))
    const first = all[verdicts.findIndex(({ verdict }) => verdict === 'engaged')]
    expect(verdicts.filter(({ verdict }) => verdict === 'engaged')).toHaveLength(1)
    expect(verdicts.filter(({ verdict }) => verdict === 'replayed')).toEqual(
      Array(7).fill({ verdict: 'replayed', id: first?.id }),
    )
    const other = engagement({}, { idempotency: { ...idempotency, bodyHash: id() } })
    expect(await store.engage(other)).toEqual({ verdict: 'idempotency_mismatch' })
  })
}
