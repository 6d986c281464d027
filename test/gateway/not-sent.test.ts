/** Approved calls that never reach their server, and those that it has not ended: none is reported as done. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRoom } from '../../src/gateway/channel/room.ts'
import { isUnsent, isUnsure } from '../../src/gateway/message/unsure.ts'
import { openLasting } from '../../src/gateway/upstream/lasting-upstream.ts'
import { openUpstream } from '../../src/gateway/upstream/upstream.ts'
import { mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { approveTools, type Ground, nextRequest, openSession, startGround } from './ground.ts'
import { connectRaw, type RawClient } from './raw-client.ts'

const TOOLS = ['vanish', 'ask', 'undeclared', 'task', 'done']
const RESULTS: Readonly<Record<string, object>> = {
  ask: { resultType: 'input_required', requestState: 's', inputRequests: {} },
  undeclared: { resultType: 'input_required', inputRequests: { x: { method: 'roots/list' } } },
  task: { task: { taskId: 't', status: 'working' } },
  done: { content: [] },
}

let web: Server
let ground: Ground
let raw: RawClient
/** What the server does when its tools are listed once more. */
let next: 'vanish' | undefined
const runs: string[] = []

const listed = () => ({ tools: TOOLS.map((name) => ({ name, inputSchema: { type: 'object' } })) })

interface Asked {
  readonly id?: number
  readonly method: string
  readonly params: { readonly name?: string; readonly protocolVersion?: string }
}

function resultOf({ method, params }: Asked): object {
  if (method === 'tools/list') return listed()
  if (method !== 'tools/call')
    return {
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'w', version: '1' },
    }
  runs.push(params.name ?? '')
  return RESULTS[params.name ?? ''] ?? {}
}

function answer(asked: Asked, response: ServerResponse): void {
  if (asked.method === 'tools/list' && next === 'vanish') web.close()
  const message = { jsonrpc: '2.0', id: asked.id, result: resultOf(asked) }
  response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(message))
}

beforeAll(async () => {
  web = createServer(async (request, response) => {
    if (request.method !== 'POST') return void response.writeHead(405, { connection: 'close' }).end()
    const asked = Object(await json(request))
    if (asked.id === undefined) return void response.writeHead(202, { connection: 'close' }).end()
    answer(asked, response)
  })
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/mcp`
  ground = await startGround({ web: { url, tools: { '*': 'write' } } }, { hold_seconds: 20 })
  await approveTools(ground)
  raw = await connectRaw(openSession(ground))
})
afterAll(async () => {
  await ground.stop()
  web.close()
})

let lastId = 0
async function callTool(name: string, args: object) {
  const id = ++lastId
  raw.call(id, name, args)
  const [found] = await raw.answers(id)
  return found?.result ?? { error: found?.error }
}

/** The answer to an approved call, and what becomes known of it. */
async function approved(name: string, doing?: 'vanish') {
  const called = callTool(name, {})
  const { id: request } = await nextRequest(ground)
  next = doing
  mustSucceed(await ground.ben.consent(request))
  const result = await called
  next = undefined
  const { structuredContent: status } = Object(await callTool('get_request_status', { request }))
  const seen = await ground.authority.operator.call('requestContent', { params: { id: request } })
  return { result, status, outcome: mustSucceed(seen).request.outcome }
}

it.each(['ask', 'undeclared', 'task'])(
  'a call that its server has not ended is not reported as done (%s)',
  async (name) => {
    const { status, outcome } = await approved(name)
    expect(runs).toContain(name)
    expect(status).toMatchObject({ outcome: 'unknown', executed: 'unknown' })
    expect(outcome).toBe('indeterminate')
  },
)

it('the client gets what the server asks, with the approval', async () => {
  const { result } = await approved('ask')
  expect(result).toMatchObject({ resultType: 'input_required', _meta: { 'io.countersign/approval': {} } })
})

it('a call that its server ends is reported as done', async () => {
  const { status, outcome } = await approved('done')
  expect(status).toMatchObject({ outcome: 'succeeded', executed: true })
  expect(outcome).toBe('succeeded')
})

it('a call that cannot be sent after its approval was spent was not executed', async () => {
  const { result, status, outcome } = await approved('vanish', 'vanish')
  expect(runs).not.toContain('vanish')
  expect(result).toMatchObject({ isError: true, structuredContent: { status: 'aborted', executed: false } })
  expect(status).toMatchObject({ state: 'approved', outcome: 'aborted', executed: false })
  expect(outcome).toBe('aborted')
})

it('says of each request of a server whether it was sent', async () => {
  const listener = { called() {}, notified() {}, answered() {}, room: createRoom(1), dropped() {}, ended() {} }
  const sent: object[] = []
  let end = (_: string) => {}
  const open = (receiver: { readonly ended: (reason: string) => void }) => {
    end = receiver.ended
    return { send: (message: object) => void sent.push(message), close() {} }
  }
  const upstream = openUpstream('one', open, listener)
  const cancelled = { signal: AbortSignal.abort() }
  expect(isUnsent(await upstream.request('tools/call', {}, cancelled))).toBe(true)
  const waiting = Array.from({ length: 1000 }, () => upstream.request('tools/call', {}))
  expect(isUnsent(await upstream.request('tools/call', {}))).toBe(true)
  end('It ended.')
  expect((await Promise.all(waiting)).every(isUnsure)).toBe(true)
  expect(isUnsent(await upstream.request('tools/call', {}))).toBe(true)
  expect(sent).toHaveLength(1000)
  const lasting = openLasting('two', open, listener, () => 0)
  end('It ended.')
  void lasting.request('tools/call', {})
  await waitFor(() => expect(sent).toHaveLength(1001))
  end('It ended again.')
  expect(isUnsent(await lasting.request('tools/call', {}))).toBe(true)
})
