/** Idempotency-Key: the same call again is the same request, whatever happens in between and however many race. */
import { type ActionSpec, newSalt } from '@countersign/verifier'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { type Cast, startCast, WIKI } from './cast.ts'
import { expectRefusal } from './watch.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

let count = 0
const newKey = () => `key-${++count}`
const body = (name = 'forum.post') => ({ audience: FORUM, action: postAction('Hello', { name }) })
const open = (key: string, what: ReturnType<typeof body>, agent = cast.agent) =>
  agent.propose({ body: what, headers: { 'idempotency-key': key } })

describe('an Idempotency-Key', () => {
  it('makes the same call the same request', async () => {
    const [key, what] = [newKey(), body()]
    const first = mustSucceed(await open(key, what))
    expect(mustSucceed(await open(key, what))).toEqual(first)
  })

  it('is refused with another body, and the first request stays', async () => {
    const [key, what] = [newKey(), body()]
    const first = mustSucceed(await open(key, what))
    const refused = await open(key, body())
    expectRefusal(refused, 'invalid_request')
    expect(refused.status).toBe(422)
    expect(mustSucceed(await open(key, what)).id).toBe(first.id)
  })

  it('of one agent says nothing about another’s', async () => {
    const [key, what] = [newKey(), body()]
    const first = mustSucceed(await open(key, what))
    const other = mustSucceed(await open(key, what, cast.otherAgent))
    expect(other.id).not.toBe(first.id)
    expect(other.agent).toBe('other-agent')
  })

  it('shows how the request stands by now', async () => {
    const [key, what] = [newKey(), body()]
    const { id } = mustSucceed(await open(key, what))
    mustSucceed(await cast.ben.page.call('deny', { params: { id }, body: {} }))
    expect(mustSucceed(await open(key, what))).toMatchObject({ id, state: 'denied' })
  })

  it('opens one request where twenty race', async () => {
    const [key, what] = [newKey(), body()]
    const answers = await Promise.all(Array.from({ length: 20 }, () => open(key, what)))
    expect(new Set(answers.map((answer) => mustSucceed(answer).id)).size).toBe(1)
  })

  it('lets one of two bodies through where they race', async () => {
    const key = newKey()
    const bodies = [body(), body()]
    const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => open(key, bodies[at % 2] ?? body())))
    const ids = answers.filter(({ ok }) => ok).map((answer) => mustSucceed(answer).id)
    expect(new Set(ids).size).toBe(1)
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(5)
  })

  it('gives the token of an allowed call once, and the same again while it lives', async () => {
    const [key, what] = [newKey(), body('forum.read')]
    const answers = await Promise.all(Array.from({ length: 5 }, () => open(key, what)))
    const tokens = answers.map((answer) => String(mustSucceed(answer).token))
    expect(new Set(tokens.map((token) => decodeJwt(token).jti)).size).toBe(1)
  })

  describe('of a call that is refused by now gets the first answer still', () => {
    const change = (name: string, resource: string, args: ActionSpec['arguments']): ActionSpec => ({
      name,
      resource,
      arguments: args,
      salt: newSalt(),
    })
    const proposed = (key: string, action: ActionSpec) =>
      cast.authority.operator.call('openRequest', {
        body: { audience: cast.authority.config.origin, action },
        headers: { 'idempotency-key': key },
      })
    async function carryOut(key: string, action: ActionSpec): Promise<string> {
      const { operator } = cast.authority
      const { id } = mustSucceed(await proposed(key, action))
      mustSucceed(await cast.ada.consent(id))
      const { token } = mustSucceed(await operator.call('collectToken', { params: { id } }))
      mustSucceed(await operator.call('administer', { body: { action }, headers: { 'approval-token': token } }))
      return id
    }

    it.each([
      ['an agent was added', () => change('countersign.agent.add', 'agent:late', { id: 'late' })],
      [
        'an executor was added',
        () =>
          change('countersign.executor.add', 'executor:https://late.example', {
            audience: 'https://late.example',
            title: 'Late',
            catalogue: [],
          }),
      ],
      [
        'an executor was edited',
        () =>
          change('countersign.executor.update', `executor:${WIKI}`, { audience: WIKI, version: 1, title: 'The wiki' }),
      ],
    ])('%s', async (_, changed) => {
      const [key, action] = [newKey(), changed()]
      const id = await carryOut(key, action)
      expect(mustSucceed(await proposed(key, action))).toMatchObject({ id, state: 'approved' })
      expect(await proposed(key, { ...action, salt: newSalt() })).toMatchObject({ status: 422 })
      expectRefusal(await proposed(newKey(), action), 'invalid_request')
    })

    it('a kill switch was released', async () => {
      const { operator } = cast.authority
      const engaged = mustSucceed(
        await operator.call('engageKillSwitch', { body: { selector: { agent: 'nobody' }, reason: 'Odd' } }),
      )
      const args = { id: engaged.id, reason: 'Mended' }
      const [key, action] = [newKey(), change('countersign.killswitch.release', `killswitch:${engaged.id}`, args)]
      const id = await carryOut(key, action)
      expect(mustSucceed(await proposed(key, action))).toMatchObject({ id, state: 'approved' })
    })

    it('a kill switch stops the agent', async () => {
      const { operator } = cast.authority
      const [key, what] = [newKey(), body()]
      const { id } = mustSucceed(await open(key, what, cast.otherAgent))
      mustSucceed(
        await operator.call('engageKillSwitch', { body: { selector: { agent: 'other-agent' }, reason: 'Odd' } }),
      )
      expect(mustSucceed(await open(key, what, cast.otherAgent))).toMatchObject({ id, state: 'pending' })
      expectRefusal(await open(newKey(), body(), cast.otherAgent), 'killed')
    })

    it('the executor was revoked', async () => {
      const [key, what] = [newKey(), { audience: WIKI, action: postAction() }]
      const { id } = mustSucceed(await open(key, what))
      mustSucceed(await cast.authority.operator.call('revokeExecutor', { params: { id: WIKI } }))
      expect(mustSucceed(await open(key, what))).toMatchObject({ id })
      expectRefusal(await open(newKey(), what), 'policy_denied')
    })

    it('where the first call came in between', async () => {
      const [key, action] = [newKey(), change('countersign.agent.add', 'agent:raced', { id: 'raced' })]
      const [id, ...answers] = await Promise.all([
        carryOut(key, action),
        ...Array.from({ length: 30 }, () => proposed(key, action)),
      ])
      expect(new Set(answers.map((answer) => mustSucceed(answer).id))).toEqual(new Set([id]))
    })
  })

  it('is kept for a day', async () => {
    const [key, what] = [newKey(), body()]
    const { id } = mustSucceed(await open(key, what))
    cast.authority.advance(86_000)
    await cast.authority.services.sweep()
    expect(mustSucceed(await open(key, what)).id).toBe(id)
    cast.authority.advance(800)
    await cast.authority.services.sweep()
    expect(mustSucceed(await open(key, what)).id).not.toBe(id)
  })
})
