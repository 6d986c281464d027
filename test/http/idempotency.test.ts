/** Idempotency-Key: the same call again is the same request, whatever happens in between and however many race. */
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { type Cast, startCast } from './cast.ts'
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
