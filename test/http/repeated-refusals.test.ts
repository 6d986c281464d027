/** Identical refusals: an entry at once, then one a minute with their number, whoever repeats them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { approvedToken, type Cast, propose, startCast, WIKI } from './cast.ts'
import { expectRefusal } from './watch.ts'

const MANY = 25
const MINUTE = 60

describe.each(['postgres', 'pglite'] as const)('a refusal that is repeated, on %s', (database) => {
  let cast: Cast
  beforeAll(async () => {
    cast = await startCast({ database })
  })
  afterAll(() => cast.authority.stop())

  const entriesOf = async (trace: string) =>
    mustSucceed(await cast.authority.operator.call('trace', { params: { trace } })).entries
  const refusalsOf = async (trace: string) =>
    (await entriesOf(trace)).filter(({ type }) => type === 'token.refused').map(({ code, count }) => ({ code, count }))

  /** Repeats a call at once, and lets the minute pass. */
  async function repeat(call: () => Promise<{ ok: boolean }>, times = MANY) {
    const answers = await Promise.all(Array.from({ length: times }, call))
    expect(answers.every(({ ok }) => !ok)).toBe(true)
    await aMinuteLater()
  }

  async function aMinuteLater() {
    cast.authority.advance(MINUTE)
    await cast.authority.services.sweep()
  }

  it('to collect, of an agent that a kill switch stops, is one entry and its number', async () => {
    const { agent, ben, authority } = cast
    const { id, trace } = await propose(agent)
    mustSucceed(await ben.consent(id))
    const order = { selector: { request: id }, reason: 'Looks wrong' }
    mustSucceed(await authority.operator.call('engageKillSwitch', { body: order }))
    const collect = () => agent.call('collectToken', { params: { id } })
    await repeat(collect)
    const first = { code: 'killed', count: undefined }
    expect(await refusalsOf(trace)).toEqual([first, { code: 'killed', count: MANY - 1 }])
    await repeat(collect, 3)
    expect((await refusalsOf(trace)).slice(2)).toEqual([{ code: 'killed', count: 3 }])
    // Two quiet minutes: nothing is written of them, and the next refusal is an entry at once again.
    await aMinuteLater()
    await aMinuteLater()
    expectRefusal(await collect(), 'killed')
    expect((await refusalsOf(trace)).slice(3)).toEqual([first])
  })

  it('to redeem another’s token is one entry on that trace, and ends in rate_limited', async () => {
    const { token, request } = await approvedToken(cast.agent, cast.ben)
    const redeem = () => cast.wiki.client.call('redeem', { body: { token } })
    for (let times = 0; times < 10; times++) expectRefusal(await redeem(), 'token_audience')
    expectRefusal(await redeem(), 'rate_limited')
    mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
    await aMinuteLater()
    expect(await refusalsOf(request.trace)).toEqual([
      { code: 'token_audience', count: undefined },
      { code: 'token_audience', count: 9 },
    ])
    const found = await entriesOf(request.trace)
    expect(found.find(({ count }) => count === 9)).toMatchObject({ executor: WIKI, request: request.id })
  })

  it('to propose is one story, whatever the arguments, for policy and for kill switches', async () => {
    const { agent, authority } = cast
    let at = 0
    const ask = (name: string) => () =>
      agent.propose({ body: { audience: WIKI, action: postAction(`${at++}`, { name }) } })
    await repeat(ask('forum.unknown'))
    const order = { selector: { action: 'forum.delete' }, reason: 'Not now' }
    mustSucceed(await authority.operator.call('engageKillSwitch', { body: order }))
    await repeat(ask('forum.delete'))
    const all = await authority.store.entriesAfter({ after: 0, limit: 1000 })
    const written = all.map(({ body }) => JSON.parse(body))
    const types = (name: string) => written.filter((one) => one.name === name).map(({ type, count }) => [type, count])
    expect(types('forum.unknown')).toEqual([
      ['request.created', undefined],
      ['request.decided', undefined],
      ['token.refused', MANY - 1],
    ])
    expect(types('forum.delete')).toEqual([
      ['request.created', undefined],
      ['token.refused', undefined],
      ['token.refused', MANY - 1],
    ])
    for (const name of ['forum.unknown', 'forum.delete']) {
      expect(new Set(written.filter((one) => one.name === name).map(({ trace }) => trace)).size).toBe(1)
    }
  })

  it('that an executor reports has the trace of the first', async () => {
    const report = () =>
      cast.forum.client.call('reportRefusal', { body: { code: 'token_missing', name: 'forum.post' } })
    const traces = new Set<string>()
    for (let times = 0; times < 5; times++) traces.add(mustSucceed(await report()).trace)
    await aMinuteLater()
    const [trace = ''] = traces
    expect(traces.size).toBe(1)
    expect(await refusalsOf(trace)).toEqual([
      { code: 'token_missing', count: undefined },
      { code: 'token_missing', count: 4 },
    ])
  })

  it('that an executor reports names the agent of the call, where there is such an agent', async () => {
    const report = async (agent: string) => {
      const body = { code: 'state_unknown', name: 'forum.post', agent } as const
      return mustSucceed(await cast.forum.client.call('reportRefusal', { body })).trace
    }
    const traces = [await report('other-agent'), await report('nobody')]
    const written = (await cast.authority.store.entriesAfter({ after: 0, limit: 10_000 })).map(({ body }) =>
      JSON.parse(body),
    )
    const entries = traces.map((one) => written.find(({ trace }) => trace === one))
    expect(entries).toMatchObject(Array(2).fill({ type: 'token.refused', executor: FORUM, reported: true }))
    expect(entries.map(({ agent }) => agent)).toEqual(['other-agent', undefined])
  })

  it('in many ways is told by the caller and the code, beyond sixty a minute', async () => {
    const before = (await cast.authority.store.entriesAfter({ after: 0, limit: 10_000 })).length
    const ask = (at: number) =>
      cast.otherAgent.propose({ body: { audience: WIKI, action: postAction('x', { name: `forum.unknown-${at}` }) } })
    for (let at = 0; at < 90; at++) expectRefusal(await ask(at), 'policy_denied')
    await aMinuteLater()
    const all = (await cast.authority.store.entriesAfter({ after: 0, limit: 10_000 })).slice(before)
    expect(all.length).toBeLessThanOrEqual(60 * 2 + 2)
    const rest = all.map(({ body }) => JSON.parse(body)).filter(({ name }) => name === undefined)
    expect(rest.map(({ agent, code, count }) => ({ agent, code, count }))).toEqual([
      { agent: 'other-agent', code: 'policy_denied', count: undefined },
      { agent: 'other-agent', code: 'policy_denied', count: 29 },
    ])
  })
})
