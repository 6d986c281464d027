/** Calls that wait as tasks of 2026-07-28, with the real client of the tasks extension, on HTTP. */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createTaskSessionFromClient, resultFromTaskOutcome } from '@modelcontextprotocol/ext-tasks/client'
import { isDetailedTaskV2 } from '@modelcontextprotocol/ext-tasks/core/v2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HttpGateway } from '../../src/gateway/channel/http-server.ts'
import { mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { approveTools, type Ground, idIn, nextRequest, openSession, startGround, waiting } from './ground.ts'
import { connectRaw } from './raw-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'tasks-'))
const calls = () =>
  existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').split('\n').filter(Boolean) : []

let ground: Ground
let http: HttpGateway
beforeAll(async () => {
  const args = [fileURLToPath(new URL('modern-server.mjs', import.meta.url)), folder]
  ground = await startGround({ modern: { command: process.execPath, args, tools: { look: 'read', '*': 'write' } } })
  await approveTools(ground)
  http = await ground.gateway.listen({ host: '127.0.0.1', port: 0, origins: [] })
})
afterAll(async () => {
  await http.close()
  await ground.stop()
})

const TASKS = 'io.modelcontextprotocol/tasks'
const protocolVersion = '2026-07-28'
const clientInfo = { name: 'task-client', version: '1.0.0' }
const authorization = () => `Bearer ${ground.environment['AGENT_CREDENTIAL'] ?? ''}`

interface Sent {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}

/** A request on the wire; its answer. */
async function post({ method, params }: Sent, id: string = randomUUID()) {
  const named = params['taskId'] ?? params['name']
  const response = await fetch(http.url, {
    method: 'POST',
    headers: {
      authorization: authorization(),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': protocolVersion,
      'mcp-method': method,
      'mcp-name': String(named),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
  })
  const text = await response.text()
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text)
}

const metaOf = (clientCapabilities: object) => ({
  'io.modelcontextprotocol/protocolVersion': protocolVersion,
  'io.modelcontextprotocol/clientInfo': clientInfo,
  'io.modelcontextprotocol/clientCapabilities': clientCapabilities,
})

const raw = (method: string, params: object, clientCapabilities: object = { extensions: { [TASKS]: {} } }) =>
  post({ method, params: { ...params, _meta: metaOf(clientCapabilities) } })

/** A session of the extension's client. It answers what the task asks with `answer`. */
async function connect(answer?: (params: Readonly<Record<string, unknown>>) => object) {
  const clientCapabilities = answer ? { elicitation: { url: {}, form: {} } } : {}
  const client = new Client(clientInfo, {
    capabilities: clientCapabilities,
    versionNegotiation: { mode: 'auto' },
  })
  const requestInit = { headers: { authorization: authorization() } }
  await client.connect(new StreamableHTTPClientTransport(new URL(http.url), { requestInit }))
  const session = createTaskSessionFromClient(client, {
    endpointId: 'gateway',
    v2RequestFraming: { protocolVersion, clientInfo, clientCapabilities },
    rawDispatch: async (request) => {
      const { result, error } = await post(request as unknown as Sent)
      return error ? { kind: 'error', error } : { kind: 'result', result }
    },
    ...(answer && { onInputRequest: async ({ params }: { params?: unknown }) => answer(params as never) as never }),
  })
  return { client, session }
}

const write = (text: string) => ({ name: 'write', arguments: { text } })

describe('a client that declared the tasks extension', () => {
  it('gets a task with the link at once, polls it, and finds the result once people have approved', async () => {
    const { client, session } = await connect()
    const execution = await session.callTool('write', { text: 'as a task' })
    if (execution.kind !== 'task') return expect.fail('no task')
    const { id } = await nextRequest(ground)
    const task = await session.task(execution.handle.taskId).snapshot()
    expect(task.status).toBe('working')
    expect(JSON.stringify(task)).toContain(`/approve/${id}`)
    expect(calls()).toEqual([])
    mustSucceed(await ground.ben.consent(id))
    const { outcome } = await execution.settle()
    expect(resultFromTaskOutcome(outcome)).toMatchObject({
      content: [{ text: 'written' }],
      _meta: { 'io.countersign/approval': { request: id } },
    })
    expect(calls()).toEqual(['as a task'])
    await session.close()
    await client.close()
  })

  it('that shows links opens it as what the task asks for, and the server’s own question afterwards', async () => {
    const links: string[] = []
    const { client, session } = await connect((params) => {
      if (typeof params['url'] !== 'string') return { action: 'accept', content: { confirm: true } }
      links.push(params['url'])
      void ground.ben.consent(idIn(params['url']))
      return { action: 'accept' }
    })
    const execution = await session.callTool('careful', { text: 'carefully' })
    const { outcome } = await execution.settle()
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ content: [{ text: 'carefully written' }] })
    expect(links).toHaveLength(1)
    expect(calls().filter((line) => line === 'carefully')).toHaveLength(1)
    await session.close()
    await client.close()
  })

  it('finds a denial as the result, with its reason', async () => {
    const { client, session } = await connect()
    const execution = await session.callTool('write', { text: 'denied' })
    const { id } = await nextRequest(ground)
    mustSucceed(await ground.ben.page.call('deny', { params: { id }, body: { reason: 'Not on a Friday' } }))
    const { outcome } = await execution.settle()
    expect(JSON.stringify(outcome)).toContain('Not on a Friday')
    expect(calls()).not.toContain('denied')
    await session.close()
    await client.close()
  })

  it('that cancels takes its request back, and nothing runs', async () => {
    const { client, session } = await connect()
    const execution = await session.callTool('write', { text: 'cancelled' })
    await nextRequest(ground)
    await execution.cancel()
    await waitFor(async () => expect(await waiting(ground)).toEqual([]))
    if (execution.kind === 'task')
      expect(await session.task(execution.handle.taskId).snapshot()).toMatchObject({ status: 'cancelled' })
    expect(calls()).not.toContain('cancelled')
    await session.close()
    await client.close()
  })
})

describe('a task on the wire', () => {
  it('is one for fifty same calls, and runs once for as many looks', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => raw('tools/call', write('fifty'))))
    const ids = new Set(answers.map(({ result }) => result.taskId))
    expect(ids.size).toBe(1)
    expect(answers[0].result).toMatchObject({
      resultType: 'task',
      status: 'working',
      _meta: { 'io.modelcontextprotocol/authorization': { remediation: 'available' } },
    })
    const [taskId] = [...ids]
    mustSucceed(await ground.ben.consent((await nextRequest(ground)).id))
    await waitFor(async () => {
      const looks = await Promise.all(Array.from({ length: 20 }, () => raw('tasks/get', { taskId })))
      for (const { result } of looks) {
        expect(isDetailedTaskV2(result)).toBe(true)
        expect(result).toMatchObject({ status: 'completed', result: { content: [{ text: 'written' }] } })
      }
    })
    expect(calls().filter((line) => line === 'fifty')).toHaveLength(1)
    expect((await raw('tasks/cancel', { taskId })).result).toEqual({ resultType: 'complete' })
    expect((await raw('tasks/get', { taskId })).result.status).toBe('completed')
  })

  it('is told of to clients that declared the extension alone', async () => {
    const { taskId } = (await raw('tools/call', write('undeclared'))).result
    expect((await raw('tasks/get', { taskId }, {})).error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { extensions: { [TASKS]: {} } } },
    })
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel'])
      expect((await raw(method, { taskId: `${taskId}x`, inputResponses: {} })).error).toMatchObject({ code: -32602 })
    expect((await raw('tasks/result', { taskId })).error).toMatchObject({ code: -32601 })
    await raw('tasks/cancel', { taskId })
  })

  it('that is cancelled leaves its request to a client that is held for the same call', async () => {
    const other = await connectRaw(openSession(ground))
    other.call(1, 'write', { text: 'for two' })
    const { id } = await nextRequest(ground)
    const { taskId } = (await raw('tools/call', write('for two'))).result
    await raw('tasks/cancel', { taskId })
    expect((await raw('tasks/get', { taskId })).result.status).toBe('cancelled')
    expect((await nextRequest(ground)).id).toBe(id)
    mustSucceed(await ground.ben.consent(id))
    expect(JSON.stringify(await other.answers(1))).toContain('written')
  })

  it('is approved by no answer of the client', async () => {
    const capabilities = { extensions: { [TASKS]: {} }, elicitation: { url: {} } }
    const { taskId } = (await raw('tools/call', write('not approved'), capabilities)).result
    const { result } = await raw('tasks/get', { taskId }, capabilities)
    const [key = ''] = Object.keys(result.inputRequests)
    expect(result).toMatchObject({ status: 'input_required', inputRequests: { [key]: { params: { mode: 'url' } } } })
    await raw('tasks/update', { taskId, inputResponses: { [key]: { action: 'accept' } } }, capabilities)
    expect((await raw('tasks/get', { taskId }, capabilities)).result.status).toBe('working')
    expect(calls()).not.toContain('not approved')
    await raw('tasks/cancel', { taskId })
  })
})

it('asks through request_access as an ordinary tool, whatever the client declared', async () => {
  const asked = { name: 'request_access', arguments: { tool: 'write', arguments: { text: 'asked' } } }
  const gateway = await ground.another()
  const other = await connectRaw(openSession({ gateway }), { initialize: false })
  other.send({ id: 1, method: 'tools/call', params: { ...asked, _meta: metaOf({ extensions: { [TASKS]: {} } }) } })
  expect((await other.answers(1))[0]?.result).toMatchObject({ structuredContent: { status: 'approval_required' } })
  await gateway.close()
  const { result } = await raw('tools/call', asked, { extensions: { [TASKS]: {} }, elicitation: { url: {} } })
  expect(result).toMatchObject({ resultType: 'complete', structuredContent: { status: 'approval_required' } })
})
