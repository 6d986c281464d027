/**
 * Who reads a request, over every route there is: a new one that shows it to somebody whom it does not concern fails here.
 * Words of its arguments, its reason and its preview are looked for in whatever is answered.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Endpoint } from '../../src/api/endpoint.ts'
import { endpoints } from '../../src/api/endpoints.ts'
import { requestOfTrace } from '../../src/domain/approval/approval-request.ts'
import { administer, enrolBy, FORUM, mustSucceed, type Person, postAction } from '../setup/authority.ts'
import { withBoards } from '../setup/policy.ts'
import { type Cast, startCast } from './cast.ts'
import { wire } from './passkey-json.ts'
import { cookieFor } from './refusals.ts'

const SECRETS = ['tulip-in-arguments', 'tulip-in-reason', 'tulip-in-preview'] as const
const [ARGUMENT, REASON, PREVIEW] = SECRETS
const BOARDS = { finance: '@approvers("finance")', pair: '@approvers("finance") @quorum("2")' }
/** Of 22 characters, and as a trace. */
const UNKNOWN = { id: requestOfTrace('0'.repeat(32)), trace: '0'.repeat(32) }

interface Asked {
  readonly id: string
  readonly trace: string
}

let cast: Cast
/** Dan is in the group, Eve in none, Fay runs the agent, Hal stands in for Dan. */
const people: Record<'dan' | 'eve' | 'fay' | 'hal' | 'ian', Person> = {} as never
let waiting: Asked
let done: Asked

beforeAll(async () => {
  cast = await startCast({ withStore: withBoards(BOARDS) })
  const { authority, ada } = cast
  for (const name of ['dan', 'eve', 'fay', 'hal'] as const) people[name] = await enrolBy(authority, ada, name)
  people.ian = await enrolBy(authority, ada, 'ian', ['auditor'])
  await change('group.add', 'group:finance', { name: 'finance', members: [people.dan.id, cast.ben.id] })
  const { agents } = mustSucceed(await ada.page.call('listAgents'))
  const version = agents.find(({ id }) => id === 'helpdesk-agent')?.version ?? 1
  await change('agent.update', 'agent:helpdesk-agent', { id: 'helpdesk-agent', version, run_by: people.fay.id })
  await goAway(people.dan, people.hal)
  done = await propose('finance')
  mustSucceed(await cast.ben.consent(done.id))
  waiting = await propose('pair')
})
afterAll(() => cast.authority.stop())

const change = (name: string, resource: string, args: object) =>
  administer(cast.authority, cast.ada, { name: `countersign.${name}`, resource, arguments: { ...args } })

async function goAway({ page, authenticator }: Person, deputy: Person) {
  const body = { until: cast.authority.now() + 86_400, deputy: deputy.id }
  const { options } = mustSucceed(await page.call('offerAbsence', { body }))
  const assertion = wire(await authenticator.assert({ challenge: String(options['challenge']) }))
  mustSucceed(await page.call('stateAbsence', { body: { assertion } }))
}

async function propose(board: keyof typeof BOARDS): Promise<Asked> {
  const action = postAction(ARGUMENT, { arguments: { board, text: ARGUMENT } })
  const preview = { changes: [{ label: 'Thread', before: null, after: PREVIEW }] }
  return mustSucceed(await cast.agent.propose({ body: { audience: FORUM, action, preview, reason: REASON } }))
}

interface Way {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly body?: (id: string) => object
}

const BODIES: Readonly<Record<string, (id: string) => object>> = {
  offerBatch: (id) => ({ requests: [id, otherThan(id)] }),
  revise: () => ({ arguments: { board: 'finance', text: 'other' } }),
  proposeGrant: () => ({ uses: 2, arguments: {} }),
}

const otherThan = (id: string) => (id === done.id ? waiting.id : done.id)

/** Every endpoint that an approver may call and that is told an id, and every page. */
function ways(): readonly Way[] {
  const called = Object.entries(endpoints).flatMap(([name, row]): Way[] => {
    const { session, method, path }: Endpoint = row
    const isOpen = session === 'any' || session === 'approver'
    return isOpen && (method === 'GET' || path.includes('/:') || name in BODIES)
      ? [{ name, method, path, body: BODIES[name] ?? (() => ({})) }]
      : []
  })
  const pages = cast.authority.app.routes
    .filter(({ method, path }) => method === 'GET' && !path.includes('*'))
    .map(({ path }) => ({ name: `page ${path}`, method: 'GET', path }))
  const one = new Map([...pages, ...called].map((way) => [way.name, way]))
  return [...one.values(), ...ASKED.map((path) => ({ name: `page ${path}`, method: 'GET', path }))]
}

/** Pages that are told a request behind a question mark. */
const ASKED = [
  '/approve?request=:id&request=:other',
  '/kill?request=:id',
  '/ledger?trace=:trace',
  '/requests?undoes=:id',
]

/** Every approver may stop what they know the id of. That shows nothing. */
const ANYBODYS = 'revokeRequest'

// What ends or denies is not called for those who may: the rows have to wait for the others.
const ENDS = new Set([
  'deny',
  'revokeRequest',
  'endAgentSession',
  'proposeUndo',
  'signOut',
  'endSession',
  'endSessions',
])

async function answerOf(person: Person, way: Way, { id, trace }: Asked) {
  const cookie = await cookieFor(cast, person)
  const path = way.path
    .replace(':other', otherThan(id))
    .replace(/:trace(\{[^/]*\})?/g, trace)
    .replace(/:\w+(\{[^/]*\})?/g, id)
  const isPage = way.name.startsWith('page ')
  const response = await cast.authority.app.request(cast.authority.config.origin + path, {
    method: way.method,
    headers: {
      cookie,
      origin: cast.authority.config.origin,
      'sec-fetch-site': 'same-origin',
      ...(isPage ? { accept: 'text/html' } : { 'content-type': 'application/json' }),
    },
    ...(way.method === 'GET' || !way.body ? {} : { body: JSON.stringify(way.body(id)) }),
  })
  return { status: response.status, text: await textOf(response), to: response.headers.get('location') }
}

/** Of a stream, what comes first. */
async function textOf(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response.text()
  const reader = response.body?.getReader()
  const { value } = (await reader?.read()) ?? {}
  await reader?.cancel()
  return new TextDecoder().decode(value)
}

/** What was not told an id shows a request by naming it. */
const shows = (text: string, { path, method }: Way, { id }: Asked) =>
  SECRETS.some((secret) => text.includes(secret)) || (method === 'GET' && !path.includes(':') && text.includes(id))

async function waysThatShow(person: Person): Promise<readonly string[]> {
  const found: string[] = []
  for (const way of ways().filter(({ name }) => !ENDS.has(name))) {
    for (const asked of [waiting, done])
      if (shows((await answerOf(person, way, asked)).text, way, asked)) found.push(way.name)
  }
  return [...new Set(found)].sort()
}

const PAGE = 'page /approve/:id{[A-Za-z0-9_-]{22}}'
const READS = [
  'inbox',
  'listRequests',
  'page /',
  'page /requests',
  'page /requests/:id',
  'requestContent',
  'uncoverRequest',
]

describe('a request is read', () => {
  it('by nobody whom it does not concern: each way answers as for one that does not exist', async () => {
    expect(ways().length).toBeGreaterThan(60)
    for (const way of ways().filter(({ name }) => name !== ANYBODYS)) {
      const nothing = await answerOf(people.eve, way, UNKNOWN)
      for (const asked of [waiting, done]) {
        const answer = await answerOf(people.eve, way, asked)
        expect({ way: way.name, shows: shows(answer.text, way, asked) }).toEqual({ way: way.name, shows: false })
        expect({ way: way.name, status: answer.status }).toEqual({ way: way.name, status: nothing.status })
      }
    }
    const params = { id: waiting.id }
    const body = { reason: 'No' }
    for (const call of ['offerConsent', 'requestContent', 'uncoverRequest'] as const)
      expect(await people.eve.page.call(call, { params })).toMatchObject({ problem: { code: 'not_found' } })
    expect(await people.eve.page.call('deny', { params, body })).toMatchObject({ problem: { code: 'not_found' } })
    const traced = await people.eve.page.call('trace', { params: { trace: waiting.trace } })
    expect(traced).toMatchObject({ problem: { code: 'not_found' } })
  }, 120_000)

  it('by those who are asked, on every page of it', async () => {
    const found = await waysThatShow(cast.ben)
    expect(found).toEqual(expect.arrayContaining([PAGE, ...READS]))
    expect(found).toContain('page /approve?request=:id&request=:other')
  }, 120_000)

  it('by a deputy of one of them, and by one who signed and then left the group', async () => {
    expect(await approvalOf(people.hal)).toMatchObject({ status: 200 })
    await change('group.update', 'group:finance', { name: 'finance', version: 1, members: [people.dan.id] })
    const { status } = await approvalOf(cast.ben, done)
    expect(status).toBe(200)
    expect((await approvalOf(cast.ben)).status).toBe(404)
  })

  it('by the person whose agent asked, admins and auditors, on the page that masks', async () => {
    for (const reader of [people.fay, cast.ada, people.ian]) {
      expect(await approvalOf(reader)).toMatchObject({ status: 303, to: `/requests/${waiting.id}` })
      expect(mustSucceed(await reader.page.call('requestContent', { params: { id: waiting.id } }))).toMatchObject({
        arguments: { text: ARGUMENT },
      })
      expect((await reader.page.call('trace', { params: { trace: waiting.trace } })).ok).toBe(true)
    }
    expect(await people.fay.page.call('deny', { params: { id: waiting.id }, body: {} })).toMatchObject({ status: 404 })
  })
})

const approvalOf = (person: Person, asked = waiting) =>
  answerOf(person, { name: 'page', method: 'GET', path: '/approve/:id' }, asked)
