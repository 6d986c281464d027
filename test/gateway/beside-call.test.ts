/** What a server gets beside the call that was approved: rounds of the same call, other members, tasks of others. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { digestOf } from '@countersign/verifier'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import { createFollowUps, newRounds } from '../../src/gateway/gate/follow-ups.ts'
import { administer, mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { approveTools, type Ground, nextRequest, openSession, startGround, waiting } from './ground.ts'
import { connectRaw, type RawClient } from './raw-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'beside-'))
type Got = Readonly<Record<string, unknown>>
const got = (): readonly Got[] =>
  existsSync(join(folder, 'got'))
    ? readFileSync(join(folder, 'got'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : []
const gotOf = (mark: string) => got().filter(({ arguments: args }) => Object(args)['mark'] === mark)

const ERA = 'io.modelcontextprotocol/'
const META = {
  [`${ERA}protocolVersion`]: '2026-07-28',
  [`${ERA}clientInfo`]: { name: 'raw', version: '1' },
  [`${ERA}clientCapabilities`]: { elicitation: { form: {}, url: {} } },
}

let ground: Ground
let raw: RawClient
beforeAll(async () => {
  const args = [fileURLToPath(new URL('asking-server.mjs', import.meta.url)), folder]
  const tools = { peek: 'read', begin: 'read', '*': 'write' }
  ground = await startGround({ asking: { command: process.execPath, args, tools } }, { hold_seconds: 20 })
  await approveTools(ground)
})
afterAll(() => ground.stop())
beforeEach(async () => {
  raw = await connectRaw(openSession(ground), { initialize: false })
})

let lastId = 0
async function ask(method: string, params: object) {
  const id = ++lastId
  raw.send({ id, method, params })
  const [answer] = await raw.answers(id)
  return answer ?? expect.fail('no answer')
}
const call = (name: string, mark: string, more: object = {}) =>
  ask('tools/call', { name, arguments: { mark }, _meta: META, ...more })
const answered = { requestState: 'theirs', inputResponses: { which: { action: 'accept', content: {} } } }
const isAsking = ({ result }: { result?: Got | undefined }) => result?.['resultType'] === 'input_required'

/** The call, approved and made: its server asks. Its request. */
async function approved(mark: string, tool = 'again'): Promise<string> {
  const { result } = await call(tool, mark)
  const { id } = await nextRequest(ground)
  mustSucceed(await ground.ben.consent(id))
  const ran = await call(tool, mark, { requestState: result?.['requestState'] })
  expect(ran.result?.['requestState']).toBe('theirs')
  return id
}

const storyOf = async (request: string) => {
  const { request: content } = mustSucceed(
    await ground.authority.operator.call('requestContent', { params: { id: request } }),
  )
  const { entries } = mustSucceed(await ground.authority.operator.call('trace', { params: { trace: content.trace } }))
  return { entries, outcome: content.outcome }
}
const statusOf = ({ result }: { result?: Got | undefined }) => Object(result?.['structuredContent'])['status']

describe('an approved call whose server asks for input', () => {
  it('comes back ten times at most', async () => {
    await approved('rounds')
    for (let round = 1; round <= 10; round++) expect(isAsking(await call('again', 'rounds', answered))).toBe(true)
    expect((await call('again', 'rounds', answered)).error).toMatchObject({ code: -32602 })
    expect(gotOf('rounds')).toHaveLength(11)
    expect(await waiting(ground)).toEqual([])
  })

  it('is entered each time before its server is called, and its outcome once it has ended', async () => {
    const request = await approved('entered', 'once')
    expect((await storyOf(request)).outcome).toBe('indeterminate')
    const { result } = await call('once', 'entered', answered)
    expect(result).toMatchObject({ content: [{ text: 'done' }], _meta: { 'io.countersign/approval': { request } } })
    const { entries, outcome } = await storyOf(request)
    expect(outcome).toBe('succeeded')
    expect(entries.map(({ type }) => type).slice(-4)).toEqual([
      ...['token.redeemed', 'outcome.reported', 'call.continued', 'outcome.reported'],
    ])
    const [redeemed, , continued] = entries.slice(-4)
    const { jti, action, agent, executor } = redeemed ?? {}
    const claims = (await ground.authority.store.issuedClaims(request)) ?? expect.fail('no claims')
    const { salt } = claims.authorization_details[0]
    const inputs = await digestOf({ typ: 'countersign/inputs/v1', inputs: answered, salt })
    expect(continued).toMatchObject({ request, jti, action, agent, executor, use: 1, round: 1, inputs })
  })

  it.each([
    ['a kill switch for its request', 'killed', (request: string) => engage({ request })],
    ['a kill switch for its trace', 'killed', (request: string) => engage({ trace: traceOf(request) })],
    ['a kill switch for its action', 'killed', () => engage({ action: 'asking.again' })],
    [
      'its revocation',
      'token_revoked',
      async (id: string) => {
        mustSucceed(await ground.authority.operator.call('revokeRequest', { params: { id } }))
        return async () => {}
      },
    ],
  ])('does not go on after %s', async (_, status, stop) => {
    const mark = `stopped ${status} ${lastId}`
    const request = await approved(mark)
    const release = await stop(request)
    const refused = await call('again', mark, answered)
    expect(refused.result).toMatchObject({ structuredContent: { status, executed: 'unknown' } })
    expect(gotOf(mark)).toHaveLength(1)
    expect((await storyOf(request)).entries.map(({ type }) => type)).not.toContain('call.continued')
    await release()
    const again = await call('again', mark, answered)
    if (status === 'killed') expect(isAsking(again)).toBe(true)
    else expect(statusOf(again)).toBe(status)
  })

  it('comes back for ten minutes at most', async () => {
    const clock = { now: 1_800_000_000_000 }
    const followUps = createFollowUps(() => clock.now)
    const asking = { result: { resultType: 'input_required', inputRequests: { which: {} } } }
    const key = async () => 'key'
    const run = { jti: 'j', use: 1, salt: 's', args: {}, approval: {} }
    const rounds = newRounds(run, clock.now)
    await followUps.note(asking, rounds, key)
    clock.now += 599_999
    const known = await followUps.take('key', answered.inputResponses)
    expect(known).toMatchObject({ approved: { count: 1, endsAt: rounds.endsAt } })
    await followUps.note(asking, known?.approved, key)
    clock.now += 1
    expect(await followUps.take('key', {})).toBeUndefined()
  })

  it('comes back once for each question, with its state, and with answers to it alone', async () => {
    await approved('bound')
    const others = [{ requestState: 'other' }, { requestState: ['theirs'] }, { requestState: null }]
    for (const more of others)
      expect((await call('again', 'bound', { ...answered, ...more })).error).toMatchObject({
        code: -32602,
      })
    const { inputResponses } = answered
    await call('again', 'bound', { ...answered, inputResponses: { ...inputResponses, force: { action: 'accept' } } })
    expect(gotOf('bound')).toHaveLength(2)
    expect(gotOf('bound')[1]).toMatchObject(answered)
    expect(Object.keys(Object(gotOf('bound')[1]?.['inputResponses']))).toEqual(['which'])
  })
})

/** The switch holds for tokens of its own second, also of those that are issued after its release. */
async function engage(selector: object) {
  const { operator } = ground.authority
  const { id } = mustSucceed(await operator.call('engageKillSwitch', { body: { selector, reason: 'A test' } }))
  const second = secondNow()
  return async () => {
    await waitFor(() => expect(secondNow()).toBeGreaterThan(second))
    await administer(ground.authority, ground.ada, {
      name: 'countersign.killswitch.release',
      resource: `killswitch:${id}`,
      arguments: { id, reason: 'It is over' },
    })
  }
}

const secondNow = () => Math.floor(Date.now() / 1000)

describe('a call that policy allows', () => {
  it('comes back as often as its server asks, and is judged each time', async () => {
    expect(isAsking(await call('peek', 'read'))).toBe(true)
    for (let round = 0; round < 12; round++) expect(isAsking(await call('peek', 'read', answered))).toBe(true)
    expect((await call('peek', 'never asked', answered)).error).toMatchObject({ code: -32602 })
    expect(gotOf('never asked')).toEqual([])
    const { inputResponses } = answered
    expect(isAsking(await call('peek', 'asked again', { inputResponses }))).toBe(true)
    expect(gotOf('asked again')).not.toMatchObject([{ inputResponses }])
  })
})

describe('beside its arguments', () => {
  it.each([
    ['a member of its own', { options: { force: true } }],
    ['a cursor', { cursor: 'x' }],
    ['arguments in other letters', { Arguments: { to: 'mallory' } }],
    ['a state that nobody asked for', { requestState: 'the user has confirmed all' }],
  ])('a call with %s reaches no server', async (_, more) => {
    expect((await call('plain', 'smuggled', more)).error).toMatchObject({ code: -32602 })
    expect(await waiting(ground)).toEqual([])
    expect(gotOf('smuggled')).toEqual([])
  })

  it('nothing reaches the server but what the protocol names, in its form', async () => {
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`
    const known = { ...META, traceparent, progressToken: 'p' }
    const odd = { 'x.evil/cc': 'mallory', baggage: 'to=mallory', [`${ERA}logLevel`]: { cc: 'mallory' } }
    const more = { _meta: { ...known, ...odd }, task: { ttl: 1000, cc: 'mallory' } }
    const held = call('plain', 'meta', more)
    mustSucceed(await ground.ben.consent((await nextRequest(ground)).id))
    const { result } = await held
    if (isAsking({ result })) await call('plain', 'meta', { ...more, requestState: result?.['requestState'] })
    const [{ _meta: meta, ...params } = expect.fail('not called')] = gotOf('meta')
    expect(params).toEqual({
      method: 'tools/call',
      name: 'plain',
      arguments: { mark: 'meta' },
      task: { ttl: 1000 },
    })
    expect(Object.keys(Object(meta)).sort()).toEqual(Object.keys(known).sort())
  })
})

describe('the tasks of a single server', () => {
  it('are those that it began for a call of the agent, also on another connection', async () => {
    expect((await call('begin', 'task', { task: {} })).result).toMatchObject({ task: { taskId: 'begun' } })
    raw = await connectRaw(openSession(ground))
    const { result } = await ask('tasks/list', {})
    expect(result?.['tasks']).toMatchObject([{ taskId: 'begun' }])
    expect((await ask('tasks/get', { taskId: 'begun' })).result).toMatchObject({ taskId: 'begun' })
    for (const method of ['tasks/get', 'tasks/result', 'tasks/update', 'tasks/cancel'])
      for (const taskId of ['other', 'Begun', ['begun'], undefined])
        expect((await ask(method, { taskId })).error).toMatchObject({ code: -32602 })
    expect(got().filter(({ method }) => method === 'tasks/cancel' || method === 'tasks/result')).toEqual([])
  })
})
