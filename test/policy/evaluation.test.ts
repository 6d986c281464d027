/**
 * The authority as an AuthZEN 1.0 decision point: an agent learns what policy would decide. Nobody is asked, nothing is
 * opened, nothing is written; a proposal can be bound to what was evaluated.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluateAll as evaluateEach } from '../../src/authority/evaluating/evaluate.ts'
import { type Cast, startCast } from '../http/cast.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { turnsDuring } from '../setup/event-loop.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const ARGUMENTS = { board: 'eng', thread: 42, text: 'Hello' }
const asked = (name = 'forum.post', more: object = {}) => ({
  subject: { type: 'agent' as const, id: 'helpdesk-agent' },
  action: { name, properties: ARGUMENTS },
  resource: { type: 'executor' as const, id: 'forum:eng/threads/42', properties: { audience: FORUM } },
  ...more,
})

const evaluate = (body: unknown) => cast.agent.call('evaluateAccess', { body: body as never })
const evaluateAll = (body: unknown) => cast.agent.call('evaluateAccesses', { body: body as never })

/** A call as it is on the wire, for what the client would not send. */
const raw = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  cast.authority.fetch(`${cast.authority.config.origin}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cast.agentSecret}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

/** As they are committed; the index that `count` reads follows later. */
const entries = async () => (await cast.authority.store.entriesAfter({ after: 0, limit: 10_000 })).length

describe('an evaluation', () => {
  it('says yes to what policy allows, and why', async () => {
    const { decision, context } = mustSucceed(await evaluate(asked('forum.read')))
    expect(decision).toBe(true)
    expect(context).toMatchObject({ reason: 'allowed', policy: expect.stringMatching(/^sha-256:/) })
    expect(context.access_request).toBeUndefined()
  })

  it('says no with 200 to what people could approve, and where to ask them', async () => {
    const { decision, context } = mustSucceed(await evaluate(asked()))
    expect(decision).toBe(false)
    expect(context.reason).toBe('approval_required')
    expect(context.access_request).toMatchObject({
      endpoint: `${cast.authority.config.origin}/requests`,
      binding_token: expect.stringMatching(/^eyJ/),
      display: { title: 'Ask for approval', description: context.detail },
    })
    expect(Date.parse(context.access_request?.expires_at ?? '') / 1000 - cast.authority.now()).toBeGreaterThan(500)
  })

  it('says no with 200 to what policy denies, without a way to ask', async () => {
    for (const body of [asked('forum.launch'), asked('forum.post', { context: { principal: 'somebody-else' } })]) {
      const { decision, context } = mustSucceed(await evaluate(body))
      expect({ decision, reason: context.reason }).toEqual({ decision: false, reason: 'policy_denied' })
      expect(context.access_request).toBeUndefined()
    }
  })

  it('opens nothing and writes nothing', async () => {
    const [before, inbox] = [await entries(), mustSucceed(await cast.ben.page.call('inbox')).requests.length]
    for (const name of ['forum.read', 'forum.post', 'forum.launch']) mustSucceed(await evaluate(asked(name)))
    expect(await entries()).toBe(before)
    expect(mustSucceed(await cast.ben.page.call('inbox')).requests.length).toBe(inbox)
    mustSucceed(await cast.agent.propose({ body: { audience: FORUM, action: postAction('Hello') } }))
    expect(await entries()).toBeGreaterThan(before)
  })

  it('ignores members that it does not know, and gives the request id back', async () => {
    const body = asked('forum.read', { extra: 1, context: { time: '1985-10-26T01:22-07:00', ip: '::1' } })
    const answer = await raw('/access/v1/evaluation', body, { 'x-request-id': 'bfe9eb29' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-request-id')).toBe('bfe9eb29')
    expect(await answer.json()).toMatchObject({ decision: true })
    const refused = await raw('/access/v1/evaluation', {}, { 'x-request-id': 'bfe9eb30' })
    expect(refused.headers.get('x-request-id')).toBe('bfe9eb30')
  })

  it.each([
    ['no subject', { subject: undefined }],
    ['no action', { action: undefined }],
    ['no resource', { resource: undefined }],
    ['a subject that is a user', { subject: { type: 'user', id: 'ada' } }],
    ['a subject without an id', { subject: { type: 'agent' } }],
    ['an empty name', { action: { name: '' } }],
    ['a name with a space', { action: { name: 'forum post' } }],
    ['arguments that are a list', { action: { name: 'forum.post', properties: [] } }],
    ['arguments over 64 KiB', { action: { name: 'forum.post', properties: { text: 'x'.repeat(65_600) } } }],
    ['no executor', { resource: { type: 'executor', id: 'x' } }],
    ['a resource of another type', { resource: { type: 'document', id: 'x', properties: { audience: FORUM } } }],
    ['a context that is a text', { context: 'now' }],
    ['a preview of another shape', { context: { preview: { changes: 'all' } } }],
    ['a state that is no digest', { context: { state: 'now' } }],
    ['a list', []],
  ])('with %s is a bad request, in words', async (_, more) => {
    const answer = await raw('/access/v1/evaluation', Array.isArray(more) ? more : asked('forum.post', more))
    expect(answer.status).toBe(400)
    const { code, detail } = await answer.json()
    expect(code).toBe('invalid_request')
    expect(detail).toMatch(/^[^\n]{8,400}\.$/)
  })

  it('with a request id of spaces is refused', async () => {
    const answer = await raw('/access/v1/evaluation', asked(), { 'x-request-id': 'two words' })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('x-request-id')).toBeNull()
  })

  it('is about the agent itself, and never about the authority', async () => {
    expectRefusal(await evaluate(asked('forum.post', { subject: { type: 'agent', id: 'other-agent' } })), 'forbidden')
    const audience = cast.authority.config.origin
    const own = asked('countersign.agent.add', { resource: { type: 'executor', id: 'x', properties: { audience } } })
    expectRefusal(await evaluate(own), 'forbidden')
    const nowhere = { type: 'executor', id: 'x', properties: { audience: 'https://nowhere.example' } }
    expectRefusal(await evaluate(asked('forum.post', { resource: nowhere })), 'not_found')
  })

  it('of arguments that do not fit the schema of their executor is refused, as the proposal would be', async () => {
    const schema = { type: 'object', properties: { thread: { type: 'integer' } }, required: ['thread'] }
    const audience = 'https://strict.example'
    const catalogue = [{ name: 'forum.post', effect: 'write' as const, schema }]
    await administer(cast.authority, cast.ada, {
      name: 'countersign.executor.add',
      resource: `executor:${audience}`,
      arguments: { audience, title: 'Strict', catalogue },
    })
    const resource = { type: 'executor', id: 'x', properties: { audience } }
    const before = await entries()
    const refused = await evaluate(asked('forum.post', { resource, action: { name: 'forum.post', properties: {} } }))
    expectRefusal(refused, 'invalid_request')
    expect(refused.ok || refused.problem.detail).toContain('forum.post takes arguments of the form')
    expect(await entries()).toBe(before)
  })

  it('of several actions is for agents alone', async () => {
    const body = { ...asked(), evaluations: [{}] }
    expectRefusal(await cast.forum.client.call('evaluateAccesses', { body: body as never }), 'forbidden')
  })

  it('says that a kill switch stops the action', async () => {
    mustSucceed(
      await cast.authority.operator.call('engageKillSwitch', {
        body: { selector: { action: 'forum.*' }, reason: 'A test' },
      }),
    )
    const { decision, context } = mustSucceed(await evaluate(asked('forum.read')))
    expect({ decision, reason: context.reason }).toEqual({ decision: false, reason: 'killed' })
    const wiki = { type: 'executor', id: 'x', properties: { audience: cast.wiki.audience } }
    expect(mustSucceed(await evaluate(asked('forum.read', { resource: wiki }))).context.reason).toBe('killed')
  })
})

describe('several evaluations', () => {
  let fresh: Cast
  beforeAll(async () => {
    fresh = cast
    cast = await startCast()
  })
  afterAll(async () => {
    await cast.authority.stop()
    cast = fresh
  })

  const decisionsOf = async (body: unknown) => {
    const answer = mustSucceed(await evaluateAll(body))
    return 'evaluations' in answer ? answer.evaluations.map(({ decision }) => decision) : answer.decision
  }
  const { subject, resource } = asked()
  const each = (names: readonly string[], semantic?: string) => ({
    subject,
    resource,
    ...(semantic ? { options: { evaluations_semantic: semantic } } : {}),
    evaluations: names.map((name) => ({ action: { name, properties: ARGUMENTS } })),
  })
  const MIXED = ['forum.read', 'forum.post', 'forum.read']

  it('are answered in order, with the members beside the list where one has none', async () => {
    expect(await decisionsOf(each(MIXED))).toEqual([true, false, true])
    expect(await decisionsOf(each(MIXED, 'execute_all'))).toEqual([true, false, true])
  })

  it('end at the first denial, or at the first permit, where that is wanted', async () => {
    expect(await decisionsOf(each(MIXED, 'deny_on_first_deny'))).toEqual([true, false])
    expect(await decisionsOf(each(MIXED, 'permit_on_first_permit'))).toEqual([true])
    expect(await decisionsOf(each(['forum.post', ...MIXED], 'permit_on_first_permit'))).toEqual([false, true])
  })

  it('without a list are one', async () => {
    expect(await decisionsOf(asked('forum.read'))).toBe(true)
    expect(await decisionsOf({ ...asked('forum.read'), evaluations: [] })).toBe(true)
  })

  it('take their own member before the one beside the list', async () => {
    expect(
      await decisionsOf({ ...asked('forum.read'), evaluations: [{}, { action: { name: 'forum.post' } }] }),
    ).toEqual([true, false])
  })

  it('say of one that cannot be evaluated why, and go on', async () => {
    const nowhere = { type: 'executor', id: 'x', properties: { audience: 'https://nowhere.example' } }
    const body = {
      ...each(MIXED),
      evaluations: [{ action: { name: 'forum.read' }, resource: nowhere }, { action: { name: 'forum.read' } }],
    }
    const answer = mustSucceed(await evaluateAll(body))
    expect('evaluations' in answer && answer.evaluations).toMatchObject([
      { decision: false, context: { reason: 'not_evaluated', error: { status: 404 } } },
      { decision: true },
    ])
  })

  it.each([
    ['33 of them', { ...each(Array.from({ length: 33 }, () => 'forum.read')) }, /at most 32/],
    ['an unknown semantic', each(MIXED, 'any'), /evaluations_semantic/],
    [
      'one that lacks a member everywhere',
      { subject, evaluations: [{ action: { name: 'forum.read' } }] },
      /^resource is missing in evaluations.0/,
    ],
    ['nothing', {}, /^subject is missing\./],
  ])('with %s are a bad request', async (_, body, words) => {
    const answer = await raw('/access/v1/evaluations', body)
    expect(answer.status).toBe(400)
    expect((await answer.json()).detail).toMatch(words)
  })

  it('count as so many calls', async () => {
    const small = await startCast({ settings: { COUNTERSIGN_AGENT_CALLS_PER_MINUTE: '40' } })
    const many = each(Array.from({ length: 32 }, () => 'forum.read')) as never
    mustSucceed(await small.agent.call('evaluateAccesses', { body: many }))
    expectRefusal(await small.agent.call('evaluateAccesses', { body: many }), 'rate_limited')
    await small.authority.stop()
  })
})

describe('other work', () => {
  it('has a turn of the event loop between two evaluations', async () => {
    // None of these waits for anything else: nobody asks about another agent.
    const caller = { kind: 'agent', agent: { id: 'other' } }
    const needs = { limits: { take: async () => null }, now: () => 0 }
    const all = () => evaluateEach(needs as never, caller as never, Array(32).fill(asked()), 'execute_all')
    expect(await turnsDuring(all)).toBeGreaterThanOrEqual(31)
  })
})

describe('the token of an evaluation', () => {
  const bindingToken = async (body: object = asked()) => {
    const { context } = mustSucceed(await evaluate(body))
    return context.access_request?.binding_token ?? expect.fail('there is none')
  }
  const propose = (binding_token: string, more: Parameters<typeof postAction>[1] = {}) =>
    cast.agent.propose({ body: { audience: FORUM, action: postAction('Hello', more), binding_token } })

  beforeAll(async () => {
    await cast.authority.stop()
    cast = await startCast()
  })

  it('binds a proposal to the action that was evaluated', async () => {
    expect(mustSucceed(await propose(await bindingToken()))).toMatchObject({ state: 'pending' })
    for (const more of [
      { arguments: { ...ARGUMENTS, thread: 43 } },
      { name: 'forum.delete' },
      { resource: 'forum:ops' },
    ])
      expectRefusal(await propose(await bindingToken(), more), 'invalid_request')
  })

  it('is of this agent and this authority alone, and not for ever', async () => {
    const token = await bindingToken()
    const stranger = { audience: FORUM, action: postAction(), binding_token: token }
    expectRefusal(await cast.otherAgent.propose({ body: stranger }), 'invalid_request')
    const [header = '', payload = '', signature = ''] = token.split('.')
    expectRefusal(await propose(`${header}.${payload}.${'A'.repeat(signature.length)}`), 'invalid_request')
    expectRefusal(await propose('eyJ'), 'invalid_request')
    cast.authority.advance(601)
    expectRefusal(await propose(token), 'invalid_request')
  })

  it('gives no right: an executor and the authority refuse it', async () => {
    expect(await cast.forum.client.call('redeem', { body: { token: await bindingToken() } })).toMatchObject({
      ok: false,
    })
  })
})

describe('the discovery document', () => {
  it('names the endpoints', async () => {
    const { origin } = cast.authority.config
    const found = await (await cast.authority.fetch(`${origin}/.well-known/authzen-configuration`)).json()
    expect(found).toEqual({
      policy_decision_point: origin,
      access_evaluation_endpoint: `${origin}/access/v1/evaluation`,
      access_evaluations_endpoint: `${origin}/access/v1/evaluations`,
      jwks_uri: `${origin}/.well-known/jwks.json`,
      actor_token_endpoint: `${origin}/actor-tokens`,
    })
  })
})
