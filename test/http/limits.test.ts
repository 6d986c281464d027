/** How many requests may wait for humans: counted exactly, per agent and per group, also where a crowd races. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { type Cast, startCast } from './cast.ts'
import { expectRefusal } from './watch.ts'

let cast: Cast
beforeAll(async () => {
  const settings = { COUNTERSIGN_PENDING_PER_AGENT: '5', COUNTERSIGN_PENDING_PER_GROUP: '8' }
  cast = await startCast({ settings })
})
afterAll(() => cast.authority.stop())

const open = (agent = cast.agent, more: { expires_in?: number } = {}) =>
  agent.propose({ body: { audience: FORUM, action: postAction(), ...more } })
const crowd = (size: number, agent = cast.agent) => Promise.all(Array.from({ length: size }, () => open(agent)))
const opened = (answers: Awaited<ReturnType<typeof crowd>>) =>
  answers.filter(({ ok }) => ok).map((answer) => mustSucceed(answer).id)
const withdraw = (id: string, agent = cast.agent) => agent.call('withdrawRequest', { params: { id } })

describe('requests that wait', () => {
  it('are exactly as many as an agent may have, where twenty race', async () => {
    const answers = await crowd(20)
    expect(opened(answers)).toHaveLength(5)
    for (const answer of answers.filter(({ ok }) => !ok)) {
      expectRefusal(answer, 'rate_limited')
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
    }
  })

  it('of another agent have their own room, until the group’s is full', async () => {
    const answers = await crowd(20, cast.otherAgent)
    expect(opened(answers)).toHaveLength(3)
    expect(answers.find(({ ok }) => !ok)).toMatchObject({ problem: { detail: expect.stringContaining('approvers') } })
  })

  it('do not hold up what the policy allows by itself', async () => {
    const body = { audience: FORUM, action: postAction('', { name: 'forum.read' }) }
    expect(mustSucceed(await cast.agent.propose({ body })).token).toBeDefined()
  })

  it('make room when one is withdrawn, answered or expires', async () => {
    const { requests } = mustSucceed(await cast.ben.page.call('inbox'))
    const mine = requests.filter(({ agent }) => agent === 'helpdesk-agent').map(({ id }) => id)
    const others = requests.filter(({ agent }) => agent === 'other-agent').map(({ id }) => id)
    for (const id of others) mustSucceed(await withdraw(id, cast.otherAgent))
    const [first = '', second = ''] = mine
    expectRefusal(await open(), 'rate_limited')
    mustSucceed(await withdraw(first))
    mustSucceed(await open())
    expectRefusal(await open(), 'rate_limited')
    mustSucceed(await cast.ben.consent(second))
    mustSucceed(await open(cast.agent, { expires_in: 10 }))
    expectRefusal(await open(), 'rate_limited')
    cast.authority.advance(10)
    mustSucceed(await open())
  })

  it('are not made more by repeating a call', async () => {
    const { requests } = mustSucceed(await cast.ben.page.call('inbox'))
    for (const { id, agent } of requests) {
      mustSucceed(await withdraw(id, agent === 'helpdesk-agent' ? cast.agent : cast.otherAgent))
    }
    const body = { audience: FORUM, action: postAction() }
    const headers = { 'idempotency-key': 'again' }
    const answers = await Promise.all(Array.from({ length: 10 }, () => cast.agent.propose({ body, headers })))
    expect(new Set(opened(answers)).size).toBe(1)
    expect(opened(await crowd(4))).toHaveLength(4)
  })
})
