/** The pages that stop as the server alone renders them: without a script, for each kind of reader, in rarer states. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Services } from '../../src/authority/compose.ts'
import type { WatchedSwitch } from '../../src/authority/stop/watch-kill-switches.ts'
import type { SignedIn } from '../../src/domain/identity/parties.ts'
import { wordsOf } from '../../src/web/ledger/ledger-entry.ts'
import { createPages } from '../../src/web/pages.tsx'
import { choiceOf } from '../../src/web/stop/stop-fields.tsx'
import { confirmationsOf } from '../../src/web/stop/switch-page.tsx'
import {
  addAgent,
  addExecutor,
  FORUM,
  mustSucceed,
  postAction,
  signedIn,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'

const ben = signedIn('ben', 'Ben')
const auditor: SignedIn = { ...ben, roles: ['auditor'] }
const NOBODYS = 'A'.repeat(22)
let authority: TestAuthority
let requestId: string
let trace: string

beforeAll(async () => {
  authority = await startAuthority({ database: 'pglite' })
  const { audience } = await addExecutor(authority)
  const agent = authority.client(await addAgent(authority, 'helpdesk-agent', { principals: ['dana'] }))
  const opened = mustSucceed(await agent.call('openRequest', { body: { audience, action: postAction() } }))
  requestId = opened.id
  trace = opened.trace
})
afterAll(() => authority.stop())

/** Status and text, tags taken out, spaces made one. */
async function read(path: string, person = ben, services: Services = authority.services) {
  const response = await createPages(services, async () => person).request(path, { headers: { accept: 'text/html' } })
  const html = await response.text()
  return { status: response.status, html, text: html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ') }
}

const WAITING = /(\d+|–)(?= )/
const held = (text: string) => WAITING.exec(text.slice(text.indexOf('cannot be approved') + 19))?.[1]

describe('a choice made by its address alone', () => {
  it.each([
    ['?what=everything', '1'],
    ['?agent=helpdesk-agent', '1'],
    ['?agent=another', '0'],
    ['?what=agent&agent=another&executor=https%3A%2F%2Fforum.example', '0'],
    ['?executor=https%3A%2F%2Fforum.example', '1'],
    ['?action=forum.*', '1'],
    ['?action=forum.read', '0'],
    ['?principal=dana', '1'],
    ['', '–'],
    ['?what=agent', '–'],
  ])('%s holds %s', async (query, expected) => {
    expect(held((await read(`/kill${query}`)).text)).toBe(expected)
  })

  it('takes the id of a request or of a trace', async () => {
    for (const id of [requestId, trace]) expect(held((await read(`/kill?request=${id}`)).text)).toBe('1')
    expect(choiceOf({ trace }).selector).toEqual({ trace })
  })

  it.each([
    ['?action=for%20um', 'An action name has letters, digits'],
    ['?agent=%00', 'This is not a valid agent name.'],
    ['?principal=a%00b', 'This is not a valid principal.'],
    ['?executor=forum', 'Name an executor by its URI'],
    ['?request=42', 'A request has an id of 22 characters'],
  ])('says why %s cannot be one', async (query, why) => {
    const { status, text } = await read(`/kill${query}`)
    expect(status).toBe(200)
    expect(text).toContain(why)
    expect(held(text)).toBe('–')
  })

  it('shows text that somebody else chose as text', async () => {
    const { html } = await read('/kill?agent=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E')
    expect(html).not.toContain('<script>alert')
  })
})

describe('who may what', () => {
  it('an auditor looks, and is offered nothing to stop with', async () => {
    const { text, html } = await read('/kill', auditor)
    expect(text).toContain('You can view kill switches, but not engage them.')
    expect(html).not.toContain('data-stop-now')
  })

  it('an approver stops and cannot release; an admin can', async () => {
    const body = { selector: { agent: 'helpdesk-agent' }, reason: 'Something is wrong' }
    const { id } = mustSucceed(await authority.operator.call('engageKillSwitch', { body }))
    const page = await read(`/kill/${id}`)
    expect(page.text).toContain('An operator’s credential')
    expect(page.text).toContain('An admin can release it with a passkey.')
    expect(page.html).not.toContain('data-change')
    expect((await read(`/kill/${id}`, { ...ben, roles: ['admin'] })).html).toContain('data-change="release"')
  })

  it('there is nothing under an id that no switch has', async () => {
    expect((await read(`/kill/${NOBODYS}`)).status).toBe(404)
  })

  it('several that stand are counted on every page', async () => {
    mustSucceed(
      await authority.operator.call('engageKillSwitch', { body: { selector: { executor: FORUM }, reason: 'Again' } }),
    )
    expect((await read('/')).text).toContain('Stopped: 2 kill switches are active')
  })

  it('a person who is not signed in is told nothing', async () => {
    const response = await authority.app.request('/sign-in', { headers: { accept: 'text/html' } })
    expect(await response.text()).not.toContain('class="stop')
  })
})

describe('confirmations of a stop', () => {
  const killswitch: WatchedSwitch['killswitch'] = {
    id: NOBODYS,
    trace: '0'.repeat(32),
    selector: {},
    engagedAtMs: 1000,
    engagedBy: 'operator',
    reason: null,
    hits: { tokens: 0, pending: 0, executors: 0 },
    releasedAtMs: null,
    releaseRequest: null,
  }
  const word = (executor: string, connection: string, atMs: number, aborted = 0) => ({
    executor,
    connection,
    atMs,
    aborted,
  })

  it('count an executor once its last connection confirmed; outstanding ones come first', () => {
    const confirmations = [word('b', '1', 1090, 1), word('a', '1', 1004), word('b', '2', 1030, 2)]
    expect(confirmationsOf({ killswitch, confirmations, awaited: ['c'], unknown: [] })).toEqual([
      { kind: 'outstanding', executor: 'c' },
      { kind: 'confirmed', executor: 'a', afterMs: 4, aborted: 0, connections: 1 },
      { kind: 'confirmed', executor: 'b', afterMs: 90, aborted: 3, connections: 2 },
    ])
  })

  it('are none where no executor is connected, which the page says, as that a reason was erased', async () => {
    const { services } = authority
    const watched = { killswitch, confirmations: [], awaited: [], unknown: [] }
    const view = async () => ({ ok: true as const, value: watched })
    const { text } = await read(`/kill/${NOBODYS}`, ben, { ...services, stop: { ...services.stop, view } })
    expect(text).toContain('No executor was connected.')
    expect(text).toContain('The reason was erased')
    expect(text).toContain('Stopped: everything')
  })
})

it('shows the person that a kill switch names by name, on every page', async () => {
  const erika = {
    id: 'p-erika',
    name: 'Erika',
    roles: ['approver'] as const,
    groups: [],
    createdAt: 0,
    suspendedAt: null,
    removedAt: null,
    absence: null,
    standsFor: [],
  }
  const { store, operator, services } = authority
  const { id } = mustSucceed(
    await operator.call('engageKillSwitch', { body: { selector: { principal: erika.id }, reason: 'Odd' } }),
  )
  const people = { ...services.people, approvers: async () => [{ ...erika, passkeys: [], runs: [] }] }
  const only = await store.killSwitch(id)
  const stop = { ...services.stop, active: async () => (only ? [only] : []) }
  const named = { ...services, people, stop } as Services
  for (const path of ['/kill', `/kill/${id}`, '/passkeys']) {
    const { text } = await read(path, ben, named)
    expect(text).toContain('principal Erika')
    expect(text).not.toMatch(/principal p-erika/)
  }
  expect((await store.killSwitch(id))?.selector).toEqual({ principal: erika.id })
})

describe('the ledger', () => {
  it('says who engaged a kill switch: a machine by its kind', async () => {
    mustSucceed(
      await authority.operator.call('engageKillSwitch', { body: { selector: { agent: 'odd' }, reason: 'Odd' } }),
    )
    expect((await read('/ledger', auditor)).text).toContain('by an operator, stops agent odd')
  })

  it('a person by name', () => {
    const body = { type: 'killswitch.engaged', at: 0, trace: '0'.repeat(32), approver: 'p-ada', selector: {} } as const
    expect(wordsOf(body, () => 'Ada')).toEqual(['Kill switch engaged', 'by Ada, stops everything', 'bad'])
  })

  it('draws the last day from the counts of its hours', async () => {
    const asked: number[] = []
    const { auditing } = authority.services
    const activity = async (...span: Parameters<typeof auditing.activity>) => {
      const counted = await auditing.activity(...span)
      asked.push(counted.seconds)
      return counted
    }
    await read('/ledger', auditor, { ...authority.services, auditing: { ...auditing, activity } })
    expect(asked).toEqual([3600])
  })
})
