/** Long polls: held for as long as was asked, woken by the answer and not by a clock. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/contract/store.ts'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { type Cast, credentialFor, propose, startCast } from './cast.ts'
import { expectRefusal, refusalCode } from './watch.ts'

let reads = 0
/** From the next consent on, requests are read no sooner than those who consented to one. */
let isGated = false
const gated = (store: Store): Store => {
  const gate = { passed: Promise.resolve(), open: () => {} }
  return {
    ...store,
    recordConsent: (input) => {
      if (isGated) gate.passed = new Promise((resolve) => (gate.open = resolve))
      return store.recordConsent(input)
    },
    request: async (id) => {
      reads++
      await gate.passed
      return store.request(id)
    },
    consenters: (id) => {
      gate.open()
      return store.consenters(id)
    },
  }
}

let cast: Cast
beforeAll(async () => {
  cast = await startCast({ withStore: gated })
})
afterAll(() => cast.authority.stop())

async function credentials() {
  const { agents } = mustSucceed(await cast.authority.operator.call('listAgents'))
  return agents.find((one) => one.id === 'helpdesk-agent')?.credentials ?? []
}

/** Milliseconds from `event` to the end of `waiting`: that is all a poll may add. */
async function delayAfter<T>(waiting: Promise<T>, event: () => Promise<unknown>): Promise<{ value: T; ms: number }> {
  let endedAt = 0
  const ended = waiting.then((value) => {
    endedAt = performance.now()
    return value
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(endedAt).toBe(0)
  await event()
  const startedAt = performance.now()
  return { value: await ended, ms: endedAt - startedAt }
}

/** Generous for a busy machine, and far below the 30 seconds of a wait that nothing wakes. */
const SOON_MS = 10_000

describe('a long poll', () => {
  it('wakes with the consent', async () => {
    const { id } = await propose(cast.agent)
    const waiting = cast.agent.call('collectToken', { params: { id }, waitSeconds: 30 })
    const { value, ms } = await delayAfter(waiting, () => cast.ben.consent(id))
    expect(mustSucceed(value).token).toMatch(/^eyJ/)
    expect(ms).toBeLessThan(SOON_MS)
  })

  it('reads what the token rests on at the same time as the request', async () => {
    const { id } = await propose(cast.agent)
    const before = reads
    const waiting = cast.agent.call('collectToken', { params: { id }, waitSeconds: 30 })
    await expect.poll(() => reads).toBeGreaterThan(before)
    isGated = true
    mustSucceed(await cast.ben.consent(id))
    isGated = false
    expect(mustSucceed(await waiting).token).toMatch(/^eyJ/)
  })

  it('wakes with the denial', async () => {
    const { id } = await propose(cast.agent)
    const waiting = cast.agent.call('viewRequest', { params: { id }, waitSeconds: 30 })
    const deny = () => cast.ben.page.call('deny', { params: { id }, body: {} })
    const { value, ms } = await delayAfter(waiting, deny)
    expect(mustSucceed(value).state).toBe('denied')
    expect(ms).toBeLessThan(SOON_MS)
  })

  it('wakes with the withdrawal, and with the end that the sweep writes down', async () => {
    const { id } = await propose(cast.agent)
    const waiting = cast.agent.call('collectToken', { params: { id }, waitSeconds: 30 })
    const withdrawn = await delayAfter(waiting, () => cast.agent.call('withdrawRequest', { params: { id } }))
    expectRefusal(withdrawn.value, 'request_denied')
    const body = { audience: FORUM, action: postAction(), expires_in: 10 }
    const short = mustSucceed(await cast.agent.propose({ body }))
    const expiring = cast.agent.call('collectToken', { params: { id: short.id }, waitSeconds: 30 })
    const expired = await delayAfter(expiring, async () => {
      cast.authority.advance(10)
      expect(await cast.authority.services.sweep()).toBe(1)
    })
    expectRefusal(expired.value, 'request_expired')
    expect(expired.ms).toBeLessThan(SOON_MS)
  })

  it('may begin with the proposal itself', async () => {
    const body = { audience: FORUM, action: postAction() }
    const proposing = cast.agent.propose({ body, waitSeconds: 30 })
    const { value } = await delayAfter(proposing, async () => {
      // On a busy machine the proposal may not have arrived yet.
      const inbox = async () => mustSucceed(await cast.ben.page.call('inbox')).requests
      await expect.poll(async () => (await inbox()).length).toBeGreaterThan(0)
      for (const { id } of await inbox()) mustSucceed(await cast.ben.consent(id))
    })
    expect(mustSucceed(value).state).toBe('approved')
  })

  it('wakes with the OAuth endpoint’s consent as well', async () => {
    const { id } = await propose(cast.agent)
    const form = { transaction_authorization_id: id }
    const waiting = cast.agent.call('transaction', { form, waitSeconds: 30 })
    const { value } = await delayAfter(waiting, () => cast.ben.consent(id))
    expect(mustSucceed(value)).toMatchObject({ token_type: 'Bearer' })
  })

  it('ends when its time is up', async () => {
    const { id } = await propose(cast.agent)
    const startedAt = performance.now()
    expectRefusal(await cast.agent.call('collectToken', { params: { id }, waitSeconds: 1 }), 'request_pending')
    expect(performance.now() - startedAt).toBeGreaterThan(990)
  })

  it.each(['wait', 'wait=', 'wait=-1', 'wait=soon', 'waiting=30', 'respond-async'])(
    'is none for Prefer: %s',
    async (prefer) => {
      const { id } = await propose(cast.agent)
      const startedAt = performance.now()
      mustSucceed(await cast.agent.call('viewRequest', { params: { id }, headers: { prefer } }))
      expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
    },
  )

  it.each(['collectToken', 'viewRequest'] as const)(
    'has no answer for a credential that was revoked meanwhile: %s',
    async (call) => {
      const known = new Set((await credentials()).map((one) => one.id))
      const agent = cast.authority.client(await credentialFor(cast.authority, cast.ada, 'agent', 'helpdesk-agent'))
      const own = (await credentials()).find((one) => !known.has(one.id)) ?? expect.fail('none')
      const { id } = await propose(agent)
      const waiting = agent.call(call, { params: { id }, waitSeconds: 30 })
      const { value } = await delayAfter<{ ok: boolean }>(waiting, async () => {
        mustSucceed(await cast.authority.operator.call('revokeCredential', { params: { id: own.id } }))
        mustSucceed(await cast.ben.consent(id))
      })
      expect(refusalCode(value)).toBe('unauthenticated')
      // It was issued, or is now, to a credential that counts.
      mustSucceed(await cast.agent.call('collectToken', { params: { id } }))
    },
  )

  it('of a foreign request is not held at all', async () => {
    const { id } = await propose(cast.agent)
    const startedAt = performance.now()
    expectRefusal(await cast.otherAgent.call('collectToken', { params: { id }, waitSeconds: 30 }), 'not_found')
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
  })

  it('stops with the call that asked for it', async () => {
    const { id } = await propose(cast.agent)
    const stop = new AbortController()
    const { origin } = cast.authority.config
    const call = new Request(`${origin}/requests/${id}`, {
      headers: { authorization: `Bearer ${cast.agentSecret}`, prefer: 'wait=30' },
      signal: stop.signal,
    })
    const startedAt = performance.now()
    setTimeout(() => stop.abort(), 50)
    await cast.authority.app.request(call)
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
  })
})

describe('the inbox', () => {
  it('answers a changed version at once, and holds the one that is known', async () => {
    const { version } = mustSucceed(await cast.ben.page.call('inbox'))
    const held = (known: string) =>
      cast.ben.page.call('inbox', { headers: { 'if-none-match': `"${known}"` }, waitSeconds: 30 })
    expect(mustSucceed(await held('another')).version).toBe(version)
    const { value, ms } = await delayAfter(held(version), () => propose(cast.agent))
    expect(mustSucceed(value).version).not.toBe(version)
    expect(value.headers.get('etag')).toBe(`"${mustSucceed(value).version}"`)
    expect(ms).toBeLessThan(SOON_MS)
  })
})
