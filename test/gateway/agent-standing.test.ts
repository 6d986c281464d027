/**
 * Every request of a client rests on its agent: one that is revoked, unknown, killed or denied reaches no server, by no
 * method, and what reads there is an entry of the ledger.
 */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts'
import { administer, mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { AGENT, AUDIENCE, approveTools, type Ground, nextRequest, openSession, startGround } from './ground.ts'
import { connectRaw, type RawClient } from './raw-client.ts'

const log = join(mkdtempSync(join(tmpdir(), 'standing-')), 'log')
const reached = () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : [])
const told = {
  command: process.execPath,
  args: [fileURLToPath(new URL('told-server.mjs', import.meta.url)), log],
  tools: {
    say: 'read',
    peek: 'read',
    edit: { effect: 'write', preview: { read: { tool: 'peek', arguments: {} }, after: 'text' } },
  },
}

let ground: Ground
let raw: RawClient
let lastId = 0
beforeAll(async () => {
  ground = await startGround({ told }, { hold_seconds: 20 })
  await approveTools(ground)
  raw = await connectRaw(openSession(ground))
})
afterAll(() => ground.stop())

async function ask(method: string, params: object = {}, client = raw) {
  const id = ++lastId
  client.send({ id, method, params })
  const [answer] = await client.answers(id)
  return answer ?? expect.fail('none')
}

const READS: readonly (readonly [method: string, params: object])[] = [
  ['resources/read', { uri: 'told://a' }],
  ['resources/subscribe', { uri: 'told://a' }],
  ['prompts/get', { name: 'p', arguments: { of: 'mine' } }],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'p' }, argument: { name: 'a', value: 'b' } }],
  ['subscriptions/listen', { notifications: { resourceSubscriptions: ['told://a'] } }],
]
const CALL: readonly [string, object] = ['tools/call', { name: 'peek', arguments: {} }]
const OTHERS: readonly (readonly [string, object])[] = [
  ['initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } }],
  ['ping', {}],
  ['server/discover', {}],
  ['tools/list', {}],
  ['resources/list', {}],
  ['resources/templates/list', {}],
  ['prompts/list', {}],
  ['logging/setLevel', { level: 'debug' }],
  ['resources/unsubscribe', { uri: 'told://a' }],
  ['tasks/get', { taskId: 'theirs' }],
  ['tasks/update', { taskId: 'theirs', inputResponses: {} }],
]
const WRITE: readonly [string, object] = ['tools/call', { name: 'edit', arguments: { text: 'new' } }]

const entriesOf = async (type: string) => {
  const all = await ground.authority.store.entriesAfter({ after: 0, limit: 10_000 })
  return all.map(({ body }) => JSON.parse(body)).filter((entry) => entry.type === type)
}

const REFUSAL = 'io.countersign/refusal'
const statusOf = ({ result, error }: Awaited<ReturnType<typeof ask>>) =>
  Object(Object(Object(result ?? Object(error).data)['_meta'])[REFUSAL])['status']

async function expectRefused(
  status: string,
  calls: readonly (readonly [string, object, ...unknown[]])[],
  client = raw,
) {
  const before = reached()
  for (const [method, params] of calls) {
    const answer = await ask(method, params, client)
    expect([method, statusOf(answer)]).toEqual([method, status])
  }
  expect(reached()).toEqual(before)
}

describe('a request that reads', () => {
  it.each(READS)('by %s is judged as a call, and is one entry', async (method, params) => {
    const before = await entriesOf('call.allowed')
    expect((await ask(method, params)).result).toBeDefined()
    expect(reached().at(-1)).toContain(method)
    const [entry, ...more] = (await entriesOf('call.allowed')).slice(before.length)
    expect(entry).toMatchObject({ agent: AGENT, executor: AUDIENCE, name: `told.${method}` })
    expect(more).toEqual([])
  })

  it('is an action of the catalogue, and no tool can take its name', async () => {
    const { catalogue } = mustSucceed(
      await ground.authority.client(ground.environment['GATEWAY_CREDENTIAL'] ?? '').call('ownCatalogue'),
    )
    const reads = READS.map(([method]) => catalogue.find(({ name }) => name === `told.${method}`))
    expect(reads.map((entry) => entry?.effect)).toEqual(READS.map(() => 'read'))
    expect((await ask('tools/call', { name: 'prompts/get', arguments: {} })).error?.code).toBe(-32602)
    const { tools } = Object((await ask('tools/list')).result)
    expect(tools.map(({ name }: { name: string }) => name)).not.toContain('resources/read')
  })

  it('that policy denies does not reach its server', async () => {
    const { in_force: version } = mustSucceed(await ground.authority.operator.call('listPolicies'))
    const publish = (text: string, at: number) =>
      administer(ground.authority, ground.ada, {
        name: 'countersign.policy.publish',
        resource: 'policy',
        arguments: { version: at, text },
      })
    const forbid =
      'forbid (principal, action, resource is Resource) when { context.input has uri && context.input.uri like "told://*" };'
    await publish(`${DEFAULT_POLICY}\n@id("no resources") @reason("Not these.")\n${forbid}`, version)
    await expectRefused('policy_denied', [
      ['resources/read', { uri: 'told://a' }],
      ['resources/subscribe', { uri: 'told://b' }],
    ])
    expect((await ask('prompts/get', { name: 'p' })).result).toBeDefined()
    await publish(DEFAULT_POLICY, version + 1)
  })

  it('waits for a person where a rule says so, and is made once', async () => {
    const other = await startGround({ told: { ...told, tools: { ...told.tools, 'prompts/get': 'write' } } })
    await approveTools(other)
    const client = await connectRaw(openSession(other))
    const before = reached().length
    const asked = await ask('prompts/get', { name: 'p' }, client)
    expect([asked.error?.code, statusOf(asked)]).toEqual([-31_403, 'approval_required'])
    expect(reached()).toHaveLength(before)
    const got = ask('prompts/get', { name: 'p' }, client)
    const request = await nextRequest(other)
    const content = mustSucceed(await other.ada.page.call('requestContent', { params: { id: request.id } }))
    expect(JSON.stringify(content)).toContain('"mcp:told/prompts/p"')
    mustSucceed(await other.ben.consent(request.id))
    expect((await got).result).toMatchObject({
      messages: [{}],
      _meta: { 'io.countersign/approval': { approvers: [{}] } },
    })
    expect(reached().slice(before)).toEqual(['prompts/get p'])
    await other.stop()
  })
})

/** The switch holds for tokens of its own second, also of those that are issued after its release. */
async function engage(selector: object) {
  const { id } = mustSucceed(
    await ground.authority.operator.call('engageKillSwitch', { body: { selector, reason: 'A test' } }),
  )
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

describe('a kill switch', () => {
  it.each([
    ['the agent', { agent: AGENT }],
    ['the executor', { executor: AUDIENCE }],
    ['the actions of the server', { action: 'told.*' }],
  ])('for %s comes before all servers, previews too', async (_, selector) => {
    const release = await engage(selector)
    await expectRefused('killed', [...READS, CALL, WRITE])
    const refused = (await entriesOf('token.refused')).filter(({ code }) => code === 'killed')
    expect(refused.map(({ name }) => name)).toEqual(
      [...READS.map(([method]) => method), 'peek', 'edit'].map((name) => `told.${name}`),
    )
    await release()
    expect((await ask(...CALL)).result).toBeDefined()
  })

  it.each([
    ['the agent', { agent: AGENT }],
    ['the agent here', { agent: AGENT, executor: AUDIENCE }],
    ['the executor', { executor: AUDIENCE }],
    ['all actions', { action: '*' }],
    ['everything', {}],
  ])('for %s refuses what no policy decides, too, and is in the ledger', async (_, selector) => {
    const release = await engage(selector)
    await expectRefused('killed', [CALL, ...OTHERS])
    const refused = (await entriesOf('token.refused')).filter(({ code, name }) => code === 'killed' && !name)
    expect(refused.at(-1)).toMatchObject({ agent: AGENT, executor: AUDIENCE })
    await release()
    expect((await ask('tools/list')).result).toBeDefined()
  })

  it.each([
    ['another agent', { agent: 'another' }],
    ['another executor', { executor: 'https://another.example' }],
    ['the agent elsewhere', { agent: AGENT, executor: 'https://another.example' }],
    ['one action', { action: 'told.edit' }],
  ])('for %s leaves the agent its lists', async (_, selector) => {
    const release = await engage(selector)
    expect((await ask('tools/list')).result).toBeDefined()
    await release()
  })
})

describe('a call that is held', () => {
  const [method, params] = ['tools/call', { ...WRITE[1], _meta: { progressToken: 'held' } }]
  const factsOf = ({ result }: Awaited<ReturnType<typeof ask>>) => Object(result?.['structuredContent'])

  it.each([
    ['its agent', () => ({ agent: AGENT })],
    ['its principal', () => ({ principal: AGENT })],
    ['its executor', () => ({ executor: AUDIENCE })],
    ['its action', () => ({ action: 'told.edit' })],
    ['actions like it', () => ({ action: 'told.*' })],
    ['its agent and action', () => ({ agent: AGENT, action: 'told.edit' })],
    ['its request', (request: string) => ({ request })],
    ['its trace', (request: string) => ({ trace: traceOf(request) })],
    ['everything', () => ({})],
  ])('hears of a kill switch for %s, and goes on with the same request after the release', async (_, selector) => {
    const held = ask(method, params)
    const { id } = await nextRequest(ground)
    const release = await engage(selector(id))
    const answer = await held
    expect(factsOf(answer)).toMatchObject({ status: 'killed', executed: false, request: id })
    expect(JSON.stringify(answer.result?.['content'])).toMatch(/kill switch/i)
    await release()
    const again = ask(method, params)
    expect((await nextRequest(ground)).id).toBe(id)
    mustSucceed(await ground.ben.consent(id))
    expect(statusOf(await again)).toBeUndefined()
  })

  it.each([
    ['another agent', { agent: 'another' }],
    ['another action', { action: 'told.peek' }],
    ['another request', { request: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    ['another trace', { trace: '0'.repeat(32) }],
  ])('is left alone by a kill switch for %s', async (_, selector) => {
    const held = ask(method, params)
    const { id } = await nextRequest(ground)
    const release = await engage(selector)
    mustSucceed(await ground.ben.consent(id))
    expect(statusOf(await held)).toBeUndefined()
    await release()
  })

  it('that was approved under a kill switch runs after the release, and nobody is asked again', async () => {
    const { id } = await (async () => {
      raw.send({ id: ++lastId, method, params: WRITE[1] })
      await raw.answers(lastId)
      return nextRequest(ground)
    })()
    mustSucceed(await ground.ben.consent(id))
    const release = await engage({ request: id })
    expect(factsOf(await ask(method, params))).toMatchObject({ status: 'killed', executed: false })
    await release()
    // The release reaches the gateway in a moment.
    await waitFor(async () =>
      expect((await ask(method, params)).result?.['_meta']).toMatchObject({
        'io.countersign/approval': { request: id },
      }),
    )
  })

  it('is told as stopped, not as denied, where its request is revoked', async () => {
    const held = ask(method, params)
    const { id } = await nextRequest(ground)
    mustSucceed(await ground.authority.operator.call('revokeRequest', { params: { id } }))
    const answer = await held
    expect(factsOf(answer)).toMatchObject({ status: 'request_denied', state: 'stopped', executed: false })
    expect(JSON.stringify(answer.result?.['content'])).toMatch(/was stopped: a person revoked it/)
  })

  it('is told by its status that the policy refuses it meanwhile', async () => {
    const held = ask(method, params)
    const { id } = await nextRequest(ground)
    const { in_force: version } = mustSucceed(await ground.authority.operator.call('listPolicies'))
    const publish = (text: string, at: number) =>
      administer(ground.authority, ground.ada, {
        name: 'countersign.policy.publish',
        resource: 'policy',
        arguments: { version: at, text },
      })
    await publish(`${DEFAULT_POLICY}\nforbid (principal, action == Action::"told.edit", resource);`, version)
    const status = await ask('tools/call', { name: 'get_request_status', arguments: { request: id } })
    expect(JSON.stringify(status.result?.['content'])).toContain('It was possible before; it is not now.')
    await publish(DEFAULT_POLICY, version + 1)
    mustSucceed(await ground.ben.page.call('deny', { params: { id }, body: {} }))
    expect(statusOf(await held)).toBe('request_denied')
  })
})

describe('what a client tells', () => {
  const notices = [
    { method: 'notifications/roots/list_changed', params: { smuggled: 'a', _meta: { smuggled: 'b' } } },
    { method: 'notifications/tasks/status', params: { taskId: 't', status: 'working', smuggled: { c: 1 } } },
    { method: 'notifications/progress', params: { progressToken: 'of nobody', progress: 1 } },
  ]

  it('has what the protocol has, and progress and tasks are for the server that asked', async () => {
    expect((await ask(...CALL)).result).toBeDefined()
    const before = reached().length
    for (const notice of notices) raw.send(notice)
    await ask('resources/list')
    expect(reached().slice(before)).toEqual(['notifications/roots/list_changed {}', 'resources/list '])
  })

  it('reaches no server for an agent that is stopped, nor do tools of unknown names and answers', async () => {
    const client = await connectRaw(openSession(ground), { capabilities: { roots: {} } })
    const messages = [{ id: 'q', method: 'roots/list' }]
    await ask('tools/call', { name: 'say', arguments: { messages } }, client)
    const question = await waitFor(() => client.received.find(({ method }) => method === 'roots/list') ?? fail())
    const release = await engage({ agent: AGENT })
    await expectRefused('killed', [CALL], client)
    const before = reached()
    for (const notice of notices) client.send(notice)
    client.send({ id: question.id, result: { roots: [{ uri: 'file:///smuggled' }] } })
    for (const name of ['none', 'none', 'other']) {
      const [, params] = ['tools/call', { name, arguments: {} }]
      expect(statusOf(await ask('tools/call', params, client))).toBe('killed')
    }
    expect(statusOf(await ask('tools/list', {}, client))).toBe('killed')
    await waitFor(() => expect(reached().length).toBeGreaterThan(before.length))
    expect(reached().slice(before.length)).toEqual([expect.stringContaining('not let in any more')])
    await release()
  })
})

const fail = () => expect.fail('not yet')

describe('what a server sends', () => {
  it.each([
    ['a call', 'tools/call', true],
    ['a call that fails', 'tools/call', false],
  ])('as the answer to %s is withheld from an agent that was stopped meanwhile', async (_, method, isResult) => {
    const until = join(mkdtempSync(join(tmpdir(), 'until-')), 'now')
    const content = { content: [{ type: 'text', text: 'secret' }] }
    const outcome = isResult ? { result: content } : { error: { code: -1, message: 'secret' } }
    const before = reached().length
    const answer = ask(method, { name: 'say', arguments: { outcome, until } })
    await waitFor(() => expect(reached().length).toBeGreaterThan(before))
    const release = await engage({ agent: AGENT })
    await expectRefused('killed', [CALL])
    writeFileSync(until, '')
    const said = await answer
    expect(statusOf(said)).toBe('killed')
    expect(JSON.stringify(said)).not.toContain('secret')
    expect(JSON.stringify(said)).toContain('"executed":"unknown"')
    await release()
  })

  it('to take a question back is its reason alone', async () => {
    const client = await connectRaw(openSession(ground), { capabilities: { roots: {} } })
    const messages = [
      { id: 'q', method: 'roots/list' },
      { method: 'notifications/cancelled', params: { requestId: 'q', reason: 'r'.repeat(5000), smuggled: 'x' } },
    ]
    await ask('tools/call', { name: 'say', arguments: { messages } }, client)
    const line = await waitFor(() => client.lines.find((one) => one.includes('notifications/cancelled')) ?? fail())
    expect(JSON.parse(line).params).toEqual({ requestId: expect.any(Number), reason: 'r'.repeat(1000) })
  })
})

async function credentialOfAnother(): Promise<string> {
  const { credential } = await administer(ground.authority, ground.ada, {
    name: 'countersign.agent.add',
    resource: 'agent:other-agent',
    arguments: { id: 'other-agent', executors: [AUDIENCE] },
  })
  return credential ?? expect.fail('none')
}

describe('an agent', () => {
  const ALL = [
    ...OTHERS,
    ...READS,
    CALL,
    WRITE,
    ['tools/call', { name: 'get_request_status', arguments: { request: 'x' } }] as const,
  ]
  const restarted = (credential: string): Promise<Gateway> =>
    createGateway(ground.config, {
      environment: { ...ground.environment, AGENT_CREDENTIAL: credential },
      log: () => {},
    })

  it.each([
    ['that never existed', async () => `cs_agent_${'A'.repeat(43)}`],
    ['whose credential is that of another', () => credentialOfAnother()],
    ['whose credential is an executor’s', async () => ground.environment['GATEWAY_CREDENTIAL'] ?? ''],
  ])('%s reaches no server by any method', async (_, credential) => {
    const gateway = await restarted(await credential())
    const client = await connectRaw(openSession({ gateway }), { initialize: false })
    await expectRefused('unauthenticated', ALL, client)
    await gateway.close()
  })

  it('that is revoked reaches no server, on connections that are open, on new ones and on HTTP', async () => {
    const http = await ground.gateway.listen({ host: '127.0.0.1', port: 0, origins: [] })
    const { agents } = mustSucceed(await ground.authority.operator.call('listAgents'))
    const [held] = agents.find(({ id }) => id === AGENT)?.credentials ?? []
    mustSucceed(await ground.authority.operator.call('revokeCredential', { params: { id: held?.id ?? '' } }))
    const refusals = (await entriesOf('token.refused')).length
    await expectRefused('unauthenticated', [...READS, CALL, WRITE])
    expect((await entriesOf('token.refused')).length).toBeGreaterThan(refusals)
    await waitFor(async () => expect(statusOf(await ask('tools/list'))).toBe('unauthenticated'))
    await expectRefused('unauthenticated', OTHERS)
    const gateway = await restarted(ground.environment['AGENT_CREDENTIAL'] ?? '')
    await expectRefused('unauthenticated', ALL, await connectRaw(openSession({ gateway }), { initialize: false }))
    await gateway.close()
    const before = reached()
    for (const [method, params] of [['tools/list', {}], ...READS, CALL, WRITE] as const)
      expect(await posted(http.url, method, params)).toBe('unauthenticated')
    expect(reached()).toEqual(before)
    await http.close()
  })
})

/** On HTTP, by 2026-07-28; the status of the refusal. */
async function posted(url: string, method: string, params: object): Promise<unknown> {
  const version = '2026-07-28'
  const era = 'io.modelcontextprotocol/'
  const _meta = { [`${era}protocolVersion`]: version, [`${era}clientCapabilities`]: {} }
  const { name, uri } = Object(params)
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${ground.environment['AGENT_CREDENTIAL']}`,
    'mcp-protocol-version': version,
    'mcp-method': method,
    ...(method !== 'completion/complete' && { 'mcp-name': String(name ?? uri ?? '') }),
  }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } })
  const response = await fetch(url, { method: 'POST', headers, body })
  return statusOf(Object(await response.json()))
}
