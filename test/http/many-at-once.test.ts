/** A caller that does many things at once, and asks for ever new things: others are answered all the same. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mustSucceed } from '../setup/authority.ts'
import { approvedToken, type Cast, propose, startCast } from './cast.ts'
import { expectRefusal } from './watch.ts'

let cast: Cast
/** Keeps those who look at a request, until it is called. */
let letGo = () => {}
let looks = 0
let reads = 0
const held = new Promise<void>((resolve) => {
  letGo = resolve
})
beforeAll(async () => {
  cast = await startCast({
    withStore: (store) => ({
      ...store,
      async request(id) {
        looks++
        if (id === 'B'.repeat(22)) await held
        return store.request(id)
      },
      async revokedPositions(list) {
        reads++
        return store.revokedPositions(list)
      },
    }),
  })
})
afterAll(() => cast.authority.stop())

describe('many calls of one credential', () => {
  it('are under way in a number, and refused unread beyond it, while others are served', async () => {
    const { agent, otherAgent, authority } = cast
    const look = (id: string) => agent.call('viewRequest', { params: { id } })
    const own = await propose(otherAgent)
    const before = looks
    const waiting = Array.from({ length: 256 }, () => look('B'.repeat(22)))
    await expect.poll(() => looks, { timeout: 20_000 }).toBe(before + 256)
    const refused = await look(own.id)
    expectRefusal(refused, 'rate_limited')
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(mustSucceed(await otherAgent.call('viewRequest', { params: { id: own.id } })).id).toBe(own.id)
    const order = { selector: { agent: 'nobody' }, reason: 'Just so' }
    mustSucceed(await authority.operator.call('engageKillSwitch', { body: order }))
    letGo()
    for (const answer of await Promise.all(waiting)) expectRefusal(answer, 'not_found')
    expectRefusal(await look('A'.repeat(22)), 'not_found')
  })
})

describe('status lists', () => {
  it('that no token is in are not made, however many are asked for', async () => {
    const { authority, agent, ben } = cast
    await approvedToken(agent, ben)
    const ask = async (list: number) => (await authority.fetch(`${authority.config.origin}/status/${list}`)).status
    expect(await ask(0)).toBe(200)
    const before = reads
    const numbers = [1, 2, 17, 131_072, 999_999_999_999]
    expect(await Promise.all(numbers.map(ask))).toEqual(numbers.map(() => 404))
    expect(reads).toBe(before)
  })
})
