/** Time-boxed agents: outside of a session they read only, within one they propose, and everything ends with it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { type Cast, propose, startCast, storyOf } from '../http/cast.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, enrolBy, FORUM, mustSucceed, type Person, postAction } from '../setup/authority.ts'

vi.mock('../../src/domain/policy/default-policy.ts', async (original) => {
  const { DEFAULT_POLICY } = await original<typeof import('../../src/domain/policy/default-policy.ts')>()
  return {
    DEFAULT_POLICY: `${DEFAULT_POLICY}
@id("time-boxed")
@reason("Outside of a task this agent only reads.")
forbid (principal in Group::"time-boxed", action, resource is Resource)
unless { context has session || context.effect == "read" };`,
  }
})

let cast: Cast
let agent: Client
let count = 0
let id = ''
beforeAll(async () => {
  cast = await startCast()
})
beforeEach(async () => {
  id = `boxed-${++count}`
  const { credential = '' } = await administer(cast.authority, cast.ada, {
    name: 'countersign.agent.add',
    resource: `agent:${id}`,
    arguments: { id, run_by: cast.ben.id, executors: [FORUM], groups: ['time-boxed'] },
  })
  agent = cast.authority.client(credential)
})
afterAll(() => cast.authority.stop())

const START = { purpose: 'Clean up the old threads', minutes: 60 }

async function open(person: Person, start: { purpose: string; minutes: number } = START) {
  const offered = await person.page.call('offerAgentSession', { params: { id }, body: start })
  if (!offered.ok) return offered
  const assertion = await person.authenticator.assert({ challenge: String(offered.value.options['challenge']) })
  return person.page.call('openAgentSession', { params: { id }, body: { assertion: assertion as never } })
}
const view = (by: Client = agent) => by.call('viewAgentSession', { params: { id } })
const ask = (name = 'forum.post') => agent.propose({ body: { audience: FORUM, action: postAction('Hello', { name }) } })

describe('an agent', () => {
  it('reads only, where the policy wants a session, and proposes within one', async () => {
    expectRefusal(await ask(), 'policy_denied')
    mustSucceed(await ask('forum.read'))
    expectRefusal(await view(), 'not_found')
    mustSucceed(await open(cast.ben))
    expect(mustSucceed(await view())).toMatchObject({
      ...{ purpose: START.purpose, ending: false },
      opened_by: cast.ben.id,
    })
    expect(mustSucceed(await ask()).state).toBe('pending')
  })

  it('shows its approvers what it is there for', async () => {
    mustSucceed(await open(cast.ben))
    const { id: request } = mustSucceed(await ask())
    const shown = await cast.authority.services.requests.show(await signedIn(cast.ada), request)
    expect(shown).toMatchObject({ ok: true, value: { task: { purpose: START.purpose } } })
  })

  it('reads the session of no other agent', async () => {
    expectRefusal(await view(cast.otherAgent), 'forbidden')
    expectRefusal(await cast.otherAgent.call('endAgentSession', { params: { id } }), 'forbidden')
  })
})

const signedIn = async (person: Person) => {
  const known = await cast.authority.store.approver(person.id)
  if (!known) throw new Error('nobody')
  return { ...known, session: 'test' }
}

describe('a session', () => {
  it('is opened by whoever runs the agent, its principal or somebody on call, with a passkey', async () => {
    expectRefusal(await open(cast.ada), 'forbidden')
    await administer(cast.authority, cast.ada, {
      name: 'countersign.group.add',
      resource: 'group:on-call',
      arguments: { name: 'on-call', members: [cast.ada.id] },
    })
    mustSucceed(await open(cast.ada))
    expectRefusal(await open(cast.ben), 'invalid_request')
    const story = await entriesOf('session.opened')
    expect(story.at(-1)).toMatchObject({ agent: id, approver: cast.ada.id, signed: { signature: expect.any(String) } })
  })

  it('takes no other gesture than the one over its statement, once', async () => {
    const { options } = mustSucceed(await cast.ben.page.call('offerAgentSession', { params: { id }, body: START }))
    const assertion = await cast.ben.authenticator.assert({ challenge: String(options['challenge']) })
    const body = { assertion: assertion as never }
    expectRefusal(await cast.ada.page.call('openAgentSession', { params: { id }, body }), 'consent_invalid')
    expectRefusal(await cast.ben.page.call('openAgentSession', { params: { id }, body }), 'consent_invalid')
    const foreign = await propose(cast.agent)
    const offer = mustSucceed(await cast.ben.page.call('offerConsent', { params: { id: foreign.id } }))
    const consent = await cast.ben.authenticator.assert({ challenge: String(offer.options['challenge']) })
    const other = { params: { id }, body: { assertion: consent as never } }
    expectRefusal(await cast.ben.page.call('openAgentSession', other), 'consent_invalid')
  })

  it('ends with what the agent has open: requests, and tokens that it has not spent', async () => {
    mustSucceed(await open(cast.ben))
    const [waits, approved] = [mustSucceed(await ask()), mustSucceed(await ask())]
    mustSucceed(await cast.ada.consent(approved.id))
    const { token } = mustSucceed(await agent.call('collectToken', { params: { id: approved.id } }))
    mustSucceed(await cast.ben.page.call('endAgentSession', { params: { id } }))
    expectRefusal(await cast.forum.client.call('redeem', { body: { token } }), 'token_revoked')
    expect(await storyOf(cast.authority, waits.trace)).toContain('request.withdrawn')
    expect(await storyOf(cast.authority, approved.trace)).toContain('token.revoked')
    expectRefusal(await ask(), 'policy_denied')
    expectRefusal(await cast.ben.page.call('endAgentSession', { params: { id } }), 'not_found')
  })

  it('is over at its time: no request and no token outlives it', async () => {
    const { ends_at: endsAt } = mustSucceed(await open(cast.ben, { ...START, minutes: 5 }))
    expect(mustSucceed(await view()).ending).toBe(true)
    const { id: asked, expires_at: expiresAt } = mustSucceed(await ask())
    expect(expiresAt).toBe(endsAt)
    mustSucceed(await cast.ada.consent(asked))
    const { token, expires_at: tokenEnds } = mustSucceed(await agent.call('collectToken', { params: { id: asked } }))
    expect(tokenEnds).toBeLessThanOrEqual(endsAt)
    cast.authority.advance(301)
    expectRefusal(await ask(), 'policy_denied')
    expectRefusal(await cast.forum.client.call('redeem', { body: { token } }), 'token_expired')
    await cast.authority.services.sweep()
    expect((await entriesOf('session.ended')).at(-1)).toMatchObject({ agent: id })
    mustSucceed(await open(cast.ben))
  })

  it('reminds the agent before: a call that waits is answered, and nothing is extended', async () => {
    mustSucceed(await open(cast.ben, { ...START, minutes: 6 }))
    const waiting = agent.call('viewAgentSession', { params: { id }, headers: { prefer: 'wait=20' } } as never)
    cast.authority.advance(61)
    expect(mustSucceed(await waiting)).toMatchObject({ ending: true })
    cast.authority.advance(300)
    expectRefusal(await view(), 'not_found')
  })

  it('lasts hours at most, and has a purpose', async () => {
    expectRefusal(await open(cast.ben, { ...START, minutes: 481 }), 'invalid_request')
    expectRefusal(await open(cast.ben, { ...START, minutes: 1 }), 'invalid_request')
    expectRefusal(await open(cast.ben, { purpose: ' ', minutes: 60 }), 'invalid_request')
  })

  it('is not opened by somebody who was suspended meanwhile', async () => {
    const zoe = await enrolBy(cast.authority, cast.ada, 'Zoe')
    await administer(cast.authority, cast.ada, {
      name: 'countersign.agent.update',
      resource: `agent:${id}`,
      arguments: { id, version: 1, run_by: zoe.id },
    })
    mustSucceed(await cast.ada.page.call('suspendPerson', { params: { id: zoe.id } }))
    expectRefusal(await open(zoe), 'unauthenticated')
  })
})

const entriesOf = async (type: string) =>
  (await cast.authority.store.entriesAfter({ after: 0, limit: 5000 }))
    .map(({ body }) => JSON.parse(body))
    .filter((entry) => entry.type === type)
