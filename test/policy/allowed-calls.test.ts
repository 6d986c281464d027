/**
 * An executor asks whether an agent's call may run: a yes is one entry of the ledger, decided and written in one
 * statement, and a no is a refusal there. Everything that could have changed meanwhile is compared by that statement.
 */
import { actionDigest } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashSecret } from '../../src/domain/identity/credential.ts'
import { type Cast, credentialFor, startCast, WIKI } from '../http/cast.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, FORUM, mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const ARGUMENTS = { board: 'eng', thread: 42, text: 'Hello' }
const SALT = 'AAECAwQFBgcICQoLDA0ODw'
const asked = (name = 'forum.read', more: object = {}) => ({
  subject: { type: 'agent' as const, id: 'helpdesk-agent' },
  action: { name, properties: ARGUMENTS },
  resource: { type: 'executor' as const, id: 'forum:eng/threads/42', properties: { audience: FORUM } },
  context: { salt: SALT },
  ...more,
})
const ask = (name?: string, more?: object) => cast.forum.client.call('evaluateAccess', { body: asked(name, more) })
/** The number of entries, sequenced or not: of this type, or all. */
async function entriesOf(type?: string, { store }: Pick<Cast['authority'], 'store'> = cast.authority): Promise<number> {
  const all = await store.entriesAfter({ after: 0, limit: 10_000 })
  return all.filter(({ body }) => type === undefined || JSON.parse(body).type === type).length
}

const traceOf = async (trace: string) => {
  const { entries } = mustSucceed(await cast.authority.operator.call('trace', { params: { trace } }))
  return entries
}

const denial = async (answer: ReturnType<typeof ask>) => {
  const { decision, context } = mustSucceed(await answer)
  expect(decision).toBe(false)
  expect(context.call).toBeUndefined()
  return context.reason
}

describe('a call that policy allows', () => {
  it('is one entry, which names who called what where under which policy, and nothing of what was sent', async () => {
    const before = await entriesOf()
    const { decision, context } = mustSucceed(await ask())
    expect(decision).toBe(true)
    const digest = await actionDigest(
      { name: 'forum.read', resource: 'forum:eng/threads/42', arguments: ARGUMENTS, salt: SALT },
      FORUM,
    )
    expect(context.call).toMatchObject({ digest, salt: SALT, trace: expect.stringMatching(/^[0-9a-f]{32}$/) })
    const [entry, ...others] = await traceOf(context.call?.trace ?? '')
    expect(others).toEqual([])
    expect(entry).toEqual({
      ...{ v: 1, type: 'call.allowed', at: expect.closeTo(cast.authority.now(), -1), trace: context.call?.trace },
      ...{ agent: 'helpdesk-agent', principal: 'helpdesk-agent', executor: FORUM, name: 'forum.read', action: digest },
      ...{ policy: context.policy, policies: context.policies },
    })
    expect(await entriesOf()).toBe(before + 1)
  })

  it('counts as use of the action in the review, which would advise to remove it otherwise', async () => {
    mustSucceed(await ask())
    // Entries are sequenced once every earlier transaction of the server has ended.
    const { used, executors } = await waitFor(async () => {
      await cast.authority.services.ledger.advance()
      const { agents, executors } = mustSucceed(await cast.authority.operator.call('review'))
      const used = agents.find(({ id }) => id === 'helpdesk-agent')?.used.find(({ name }) => name === 'forum.read')
      expect(used?.redemptions.whole).toBeGreaterThan(0)
      return { used, executors }
    })
    expect(used).toMatchObject({ executor: FORUM, requests: used?.redemptions, approvals: used?.redemptions })
    expect(used?.last_used_at).toBe(used?.last_asked_at)
    expect(executors.find(({ audience }) => audience === FORUM)?.unused).not.toContain('forum.read')
  })

  it('has a salt of its own where none is given', async () => {
    const [one, other] = await Promise.all([ask('forum.read', { context: {} }), ask('forum.read', { context: {} })])
    const [first, second] = [mustSucceed(one).context.call, mustSucceed(other).context.call]
    expect(first?.salt).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(first?.digest).not.toBe(second?.digest)
  })
})

describe('a call that policy does not allow', () => {
  it('opens nothing: people can be asked, and it is said where', async () => {
    const before = await entriesOf()
    const { context } = mustSucceed(await ask('forum.post'))
    expect(context).toMatchObject({ reason: 'approval_required', access_request: { display: {} } })
    expect(await entriesOf()).toBe(before)
  })

  it('is a refusal in the ledger where nobody can be asked', async () => {
    const before = await entriesOf('token.refused')
    expect(await denial(ask('forum.launch'))).toBe('policy_denied')
    expect(await denial(ask('forum.read', { context: { principal: 'somebody-else' } }))).toBe('policy_denied')
    expect(await entriesOf('token.refused')).toBe(before + 2)
  })
})

describe('an executor', () => {
  it('asks about its own calls and registered agents alone', async () => {
    const wiki = { type: 'executor', id: 'x', properties: { audience: WIKI } }
    expectRefusal(await ask('forum.read', { resource: wiki }), 'forbidden')
    for (const id of ['nobody', 'countersign-operator'])
      expectRefusal(await ask('forum.read', { subject: { type: 'agent', id } }), 'not_found')
  })

  it.each([
    ['a salt of another length', { context: { salt: 'AAEC' } }],
    ['arguments that are a list', { action: { name: 'forum.read', properties: [] } }],
    ['a name with a space', { action: { name: 'forum read' } }],
    ['no subject', { subject: undefined }],
  ])('that sends %s is told so', async (_, more) => {
    expectRefusal(await ask('forum.read', more), 'invalid_request')
  })

  it('is counted, for the agent that it names too, whose calls elsewhere stay untouched', async () => {
    const small = await startCast({ settings: { COUNTERSIGN_AGENT_CALLS_PER_MINUTE: '3' } })
    const call = () => small.forum.client.call('evaluateAccess', { body: asked() })
    for (let calls = 0; calls < 3; calls++) mustSucceed(await call())
    expectRefusal(await call(), 'rate_limited')
    mustSucceed(await small.agent.call('evaluateAccess', { body: asked() }))
    await small.authority.stop()
  })
})

describe('what has changed is compared by the statement that writes', () => {
  it('a credential that was revoked since the last call', async () => {
    const credential = await credentialFor(cast.authority, cast.ada, 'executor', FORUM)
    const client = cast.authority.client(credential)
    mustSucceed(await client.call('evaluateAccess', { body: asked() }))
    const { executors } = mustSucceed(await cast.authority.operator.call('listExecutors'))
    const { credentials = [] } = executors.find(({ audience }) => audience === FORUM) ?? {}
    const { id } = credentials.toSorted((a, b) => b.created_at - a.created_at)[0] ?? expect.fail('none')
    mustSucceed(await cast.authority.operator.call('revokeCredential', { params: { id } }))
    const before = await entriesOf('call.allowed')
    expectRefusal(await client.call('evaluateAccess', { body: asked() }), 'unauthenticated')
    expectRefusal(await client.call('evaluateAccess', { body: asked() }), 'unauthenticated')
    expect(await entriesOf('call.allowed')).toBe(before)
    mustSucceed(await ask())
  })

  it('the credential that the agent called with, whatever policy says of the call', async () => {
    const secret = await credentialFor(cast.authority, cast.ada, 'agent', 'helpdesk-agent')
    const other = await credentialFor(cast.authority, cast.ada, 'agent', 'other-agent')
    const as = async (given: string, name?: string) => {
      const properties = { credential: await hashSecret(given) }
      return ask(name, { subject: { type: 'agent', id: 'helpdesk-agent', properties } })
    }
    expect(mustSucceed(await as(secret)).decision).toBe(true)
    expect(mustSucceed(await as(secret, 'forum.post')).context.reason).toBe('approval_required')
    const { agents } = mustSucceed(await cast.authority.operator.call('listAgents'))
    const { credentials = [] } = agents.find(({ id }) => id === 'helpdesk-agent') ?? {}
    const { id } = credentials.toSorted((a, b) => b.created_at - a.created_at)[0] ?? expect.fail('none')
    mustSucceed(await cast.authority.operator.call('revokeCredential', { params: { id } }))
    const [calls, refusals] = [await entriesOf('call.allowed'), await entriesOf('token.refused')]
    for (const given of [secret, other, `cs_agent_${'A'.repeat(43)}`])
      for (const name of ['forum.read', 'forum.post', 'forum.launch'])
        expectRefusal(await as(given, name), 'unauthenticated')
    expect(await entriesOf('call.allowed')).toBe(calls)
    expect(await entriesOf('token.refused')).toBe(refusals + 3)
    expectRefusal(await as('', 'forum.read'), 'unauthenticated')
    const properties = { credential: 'no digest' }
    expectRefusal(
      await ask('forum.read', { subject: { type: 'agent', id: 'helpdesk-agent', properties } }),
      'invalid_request',
    )
  })

  it('the agent, that was revoked', async () => {
    const subject = { type: 'agent' as const, id: 'other-agent' }
    mustSucceed(await ask('forum.read', { subject }))
    mustSucceed(await cast.authority.operator.call('revokeAgent', { params: { id: 'other-agent' } }))
    expect(await denial(ask('forum.read', { subject }))).toBe('policy_denied')
  })

  it('the policy', async () => {
    mustSucceed(await ask())
    await administer(cast.authority, cast.ada, {
      name: 'countersign.policy.publish',
      resource: 'policy',
      arguments: { version: 1, text: NOBODY_READS },
    })
    expect(await denial(ask())).toBe('policy_denied')
    await administer(cast.authority, cast.ada, {
      name: 'countersign.policy.publish',
      resource: 'policy',
      arguments: { version: 2, text: COUNTED },
    })
    const { context } = mustSucceed(await ask())
    expect(context).toMatchObject({ reason: 'token_required', access_request: {} })
  })

  it.each([
    ['agent', { agent: 'helpdesk-agent' }],
    ['principal', { principal: 'helpdesk-agent' }],
    ['executor', { executor: FORUM }],
    ['action', { action: 'forum.*' }],
    ['everything', {}],
  ])('a kill switch by %s, which stands in the ledger', async (_, selector) => {
    const fresh = await startCast()
    const call = () => fresh.forum.client.call('evaluateAccess', { body: asked() })
    mustSucceed(await call())
    mustSucceed(
      await fresh.authority.operator.call('engageKillSwitch', { body: { selector, reason: 'A test of the stop' } }),
    )
    expect(mustSucceed(await call()).context.reason).toBe('killed')
    const asks = fresh.forum.client.call('evaluateAccess', { body: asked('forum.post') })
    expect(mustSucceed(await asks).context.reason).toBe('killed')
    const count = (type: string) => entriesOf(type, fresh.authority)
    expect([await count('call.allowed'), await count('token.refused')]).toEqual([1, 2])
    await fresh.authority.stop()
  })
})

const OWN = `@approvers("admin") @self("yes") permit (principal, action, resource is Setting);`
const NOBODY_READS = OWN
const COUNTED = `
// @fact reads = count of "forum.read" within 1 hour per agent
permit (principal, action == Action::"forum.read", resource is Resource) when { context.history.reads < 10 };
${OWN}`
