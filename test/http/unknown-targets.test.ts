/** A kill switch that names what nobody knows says so, before and after, and is engaged all the same. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { similarName } from '../../src/domain/identity/similar-name.ts'
import { FORUM, mustSucceed } from '../setup/authority.ts'
import { type Cast, propose, startCast } from './cast.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const NOBODYS = 'AAAAAAAAAAAAAAAAAAAAAA'
const preview = async (selector: Record<string, string>) =>
  mustSucceed(await cast.authority.operator.call('previewKillSwitch', { query: selector })).unknown

const CASES = [
  [{ agent: 'helpdesk' }, 'No agent of this name is registered; did you mean helpdesk-agent?'],
  [{ agent: 'hepldesk-agnet' }, 'No agent of this name is registered; did you mean helpdesk-agent?'],
  [{ agent: 'zebra' }, 'No agent of this name is registered.'],
  [
    { executor: 'https://forum.exmaple' },
    'No executor of this URI is registered; did you mean The forum (https://forum.example)?',
  ],
  [{ action: 'forum.psot' }, 'No executor offers an action of this name; did you mean forum.post?'],
  [{ action: 'forums.*' }, 'No executor offers an action whose name begins so; did you mean forum.*?'],
  [{ principal: 'other-agnt' }, 'No agent acts for a principal of this name; did you mean other-agent?'],
  [{ request: NOBODYS }, 'There is no request of this id.'],
  [{ trace: '0'.repeat(32) }, 'There is no request of this trace.'],
] as const

describe('a kill switch', () => {
  it.each(CASES)('of %j says so before, after and later', async (selector, sentence) => {
    expect(await preview({ ...selector })).toMatchObject([{ member: Object.keys(selector)[0], sentence }])
    const body = { selector, reason: 'Now' }
    const engaged = mustSucceed(await cast.ben.page.call('engageKillSwitch', { body }))
    expect(engaged).toMatchObject({ selector, released_at_ms: null, unknown: [{ sentence }] })
    const found = mustSucceed(await cast.ben.page.call('viewKillSwitch', { params: { id: engaged.id } }))
    expect(found.unknown).toEqual(engaged.unknown)
  })

  it('of what is known says nothing', async () => {
    const { id, trace } = await propose(cast.otherAgent, { audience: FORUM })
    const known = [
      {},
      { agent: 'other-agent', executor: FORUM },
      { action: 'forum.post' },
      { action: 'forum.*' },
      { action: '*' },
      { principal: 'other-agent' },
      { request: id },
      { trace },
    ]
    for (const selector of known) expect(await preview(selector)).toEqual([])
  })

  it('of several says so of each, and of a revoked agent too', async () => {
    expect(await preview({ agent: 'nobody', executor: FORUM, action: 'x.y' })).toHaveLength(2)
    mustSucceed(await cast.authority.operator.call('revokeAgent', { params: { id: 'other-agent' } }))
    expect(await preview({ agent: 'other-agent' })).toMatchObject([{ suggestion: null }])
  })
})

describe('the name that was meant', () => {
  const of = (typed: string, ...names: string[]) =>
    similarName(
      typed,
      names.map((name) => ({ name })),
    )?.name

  it('is the nearest, in any case, by its alias too, and none that is far', () => {
    expect(of('Agent-On', 'agent-one', 'agent-two')).toBe('agent-one')
    expect(of('x', 'agent')).toBeUndefined()
    expect(of('', 'agent')).toBeUndefined()
    expect(similarName('ada admin', [{ name: 'Zx81', alias: 'Ada Admin' }])?.name).toBe('Zx81')
  })

  it('is looked for among the first 1,000, and not for what is longer than any name', () => {
    const names = Array.from({ length: 1000 }, (_, at) => `agent-${at}-of-many`)
    expect(of('the-one', ...names, 'the-one-')).toBeUndefined()
    expect(of('the-one', 'the-one-', ...names)).toBe('the-one-')
    expect(of('a'.repeat(65), 'a'.repeat(64))).toBeUndefined()
  })
})
