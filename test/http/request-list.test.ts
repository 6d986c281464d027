/** `GET /requests` through the real client: who may see what, with names for people, a page at a time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallInput } from '../../src/client/call-types.ts'
import type { Client } from '../../src/client/client.ts'
import { enrolBy, mustSucceed, type Person, postAction } from '../setup/authority.ts'
import { approvedToken, type Cast, credentialFor, propose, startCast } from './cast.ts'

let cast: Cast
let auditor: Person
let auditorTool: Client
const opened: Record<'pending' | 'denied' | 'done' | 'failed' | 'foreign', string> = {
  pending: '',
  denied: '',
  done: '',
  failed: '',
  foreign: '',
}

beforeAll(async () => {
  cast = await startCast()
  const { authority, agent, otherAgent, ada, ben, forum } = cast
  auditor = await enrolBy(authority, ada, 'Odd Auditor', ['auditor'])
  auditorTool = authority.client(await credentialFor(authority, ada, 'auditor', 'outside-audit'))
  opened.pending = (await propose(agent)).id
  opened.denied = (await propose(agent)).id
  mustSucceed(await ben.page.call('deny', { params: { id: opened.denied }, body: { reason: 'Not today' } }))
  for (const [key, outcome] of [
    ['done', 'succeeded'],
    ['failed', 'failed'],
  ] as const) {
    const { token, jti, request } = await approvedToken(agent, ben)
    mustSucceed(await forum.client.call('redeem', { body: { token } }))
    mustSucceed(await forum.client.call('reportOutcome', { params: { jti }, body: { outcome } }))
    opened[key] = request.id
  }
  opened.foreign = (await propose(otherAgent)).id
})
afterAll(() => cast.authority.stop())

type Query = NonNullable<CallInput<'listRequests'>['query']>
const list = async (client: Client, query: Query = {}) =>
  mustSucceed(await client.call('listRequests', { query })).requests
const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id).sort()
const whole = () => Object.values(opened)

describe('a person given by name', () => {
  it('that several have is refused in words that name each by id, and their ids are taken', async () => {
    const { authority, ada } = cast
    const names = ['Kim Lee', 'kim lee']
    const kims: Person[] = []
    for (const name of names) kims.push(await enrolBy(authority, ada, name))
    for (const query of [{ approver: 'KIM LEE' }, { principal: 'Kim Lee' }]) {
      const refused = await auditor.page.call('listRequests', { query })
      expect(refused).toMatchObject({ ok: false, status: 400, problem: { code: 'invalid_request' } })
      const { detail = '' } = refused.ok ? {} : refused.problem
      expect(detail).toContain('Several people are named')
      for (const { id } of kims) expect(detail).toContain(id)
    }
    for (const { id } of kims) expect(await list(auditor.page, { approver: id })).toEqual([])
    // Agents know nobody by name: to them it is a text like another.
    expect(await list(cast.agent, { approver: 'Kim Lee' })).toEqual([])
  })
})

describe('the list of requests', () => {
  it('says of a change to the authority itself that it succeeded as soon as it is made', async () => {
    const { ada, authority } = cast
    const changes = await list(ada.page, { executor: authority.config.origin, state: 'approved', limit: '200' })
    expect(changes.length).toBeGreaterThan(0)
    expect(new Set(changes.map(({ outcome }) => outcome))).toEqual(new Set(['succeeded']))
    const running = await list(ada.page, { executor: authority.config.origin, outcome: 'running' })
    expect(running).toEqual([])
  })

  it('shows agents their own, executors those made to them, and everybody’s to the rest', async () => {
    const { agent, otherAgent, forum, wiki, ben } = cast
    const own = whole().filter((id) => id !== opened.foreign)
    expect(ids(await list(agent))).toEqual(own.sort())
    expect(ids(await list(otherAgent))).toEqual([opened.foreign])
    expect(ids(await list(otherAgent, { agent: 'helpdesk-agent' }))).toEqual([])
    expect(ids(await list(forum.client))).toEqual(expect.arrayContaining(whole()))
    expect(await list(wiki.client)).toEqual([])
    // An approver sees what their group was asked; the rest also the changes to the authority, which admins answer.
    const approver = await list(ben.page)
    expect(ids(approver)).toEqual(whole().sort())
    for (const reader of [cast.ada.page, auditor.page, auditorTool, cast.authority.operator]) {
      const rows = await list(reader, { limit: '200' })
      expect(ids(rows)).toEqual(expect.arrayContaining(whole()))
      expect(rows.some(({ name }) => name === 'countersign.approver.enrol')).toBe(true)
    }
  })

  it('says what was asked, who answered by name, and what became of it', async () => {
    const [done] = await list(auditor.page, { outcome: 'succeeded', agent: 'helpdesk-agent' })
    const ben = { approver: cast.ben.id, name: 'Ben Approver' }
    expect(done).toMatchObject({
      id: opened.done,
      state: 'approved',
      decision: 'approval',
      summary: 'Publish a reply in eng, thread 42',
      agent: 'helpdesk-agent',
      executor_title: 'The forum',
      consented_by: [ben],
      denied_by: null,
      outcome: 'succeeded',
      held: false,
      erased: false,
      altered: false,
    })
    expect(await list(auditor.page, { state: 'denied' })).toMatchObject([{ id: opened.denied, denied_by: ben }])
    expect(ids(await list(auditor.page, { approver: cast.ben.id }))).toEqual(
      [opened.denied, opened.done, opened.failed].sort(),
    )
  })

  it('gives software that is a party ids alone', async () => {
    for (const party of [cast.agent, cast.forum.client]) {
      const [denied] = await list(party, { state: 'denied' })
      expect(denied?.denied_by).toEqual({ approver: cast.ben.id, name: null })
    }
  })

  it('marks what a kill switch holds', async () => {
    const { ada, agent } = cast
    const body = { selector: { agent: 'helpdesk-agent' }, reason: 'A drill' }
    mustSucceed(await ada.page.call('engageKillSwitch', { body }))
    const held = (await list(agent)).filter((row) => row.held)
    expect(ids(held)).toEqual([opened.pending])
  })

  it('goes on where a page ended, also where others came meanwhile', async () => {
    const read = async (after?: string) =>
      mustSucceed(await auditorTool.call('listRequests', { query: { limit: '2', ...(after ? { after } : {}) } }))
    const first = await read()
    await propose(cast.otherAgent, postAction('Meanwhile'))
    const seen = [...first.requests]
    for (let next = first.next; next !== null; ) {
      const page = await read(next)
      expect(page.requests.length).toBeLessThanOrEqual(2)
      seen.push(...page.requests)
      next = page.next
    }
    expect(new Set(ids(seen)).size).toBe(seen.length)
    expect(ids(seen)).toEqual(expect.arrayContaining(whole()))
  })

  it.each([
    ['an unknown state', { state: 'maybe' }],
    ['an unknown parameter', { sate: 'denied' }],
    ['a broken position', { after: 'x' }],
    ['a page of too many', { limit: '201' }],
    ['a page of none', { limit: '0' }],
    ['words without a letter', { words: '—' }],
    ['a control character', { agent: 'a\u0000b' }],
    ['an instant that is none', { from: '-1' }],
  ])('refuses %s', async (_, query) => {
    const answer = await auditorTool.call('listRequests', { query: query as Query })
    expect(answer).toMatchObject({ ok: false, status: 400, problem: { code: 'invalid_request' } })
  })
})

describe('what was approved', () => {
  const content = (client: Client, id: string) => client.call('requestContent', { params: { id } })

  it('is read by auditors, by admins and by the group that was asked', async () => {
    for (const reader of [auditor.page, auditorTool, cast.ada.page, cast.ben.page]) {
      expect(mustSucceed(await content(reader, opened.done))).toMatchObject({
        request: { id: opened.done, outcome: 'succeeded' },
        resource: 'forum:eng/threads/42',
        arguments: { board: 'eng', thread: 42 },
        preview: null,
        reason: null,
        denial_reason: null,
        masked: [],
      })
    }
  })

  it('is not there for others, nor under another id', async () => {
    const { requests } = mustSucceed(await cast.ada.page.call('listRequests'))
    const own = requests.find(({ name }) => name === 'countersign.approver.enrol')
    for (const id of [own?.id ?? '', 'A'.repeat(22)])
      expect(await content(cast.ben.page, id)).toMatchObject({ ok: false, problem: { code: 'not_found' } })
    expect(await content(cast.otherAgent, opened.done)).toMatchObject({ ok: false, problem: { code: 'not_found' } })
    expect(mustSucceed(await content(cast.agent, opened.done))).toMatchObject({ request: { id: opened.done } })
  })
})
