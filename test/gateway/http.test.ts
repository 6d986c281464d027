/** The gateway on Streamable HTTP on both sides, before two servers at once: one behind HTTP, one a process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HttpGateway } from '../../src/gateway/channel/http-server.ts'
import { freePort, mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { AGENT, approveTools, bin, filesystem, type Ground, HELD, nextRequest, startGround, waiting } from './ground.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'files-')))
let everything: ChildProcess
let ground: Ground
let http: HttpGateway
let client: Client

beforeAll(async () => {
  const port = await freePort()
  const env = { ...process.env, PORT: String(port) }
  everything = spawn(process.execPath, [bin('server-everything/dist/index.js'), 'streamableHttp'], {
    env,
    stdio: 'ignore',
  })
  const url = `http://localhost:${port}/mcp`
  await waitFor(() => fetch(url).then(({ body }) => body?.cancel()))
  ground = await startGround({ all: { url, tools: { echo: 'read', 'get-sum': 'read' } }, files: filesystem(folder) })
  await approveTools(ground)
  http = await ground.gateway.listen({ host: '127.0.0.1', port: 0, origins: [] })
  client = await connect()
})
afterAll(async () => {
  await client.close()
  await http.close()
  await ground.stop()
  everything.kill()
})

const credential = () => ground.environment['AGENT_CREDENTIAL'] ?? ''

async function connect(): Promise<Client> {
  const requestInit = { headers: { authorization: `Bearer ${credential()}` } }
  const connected = new Client({ name: 'test-client', version: '1.0.0' })
  await connected.connect(new StreamableHTTPClientTransport(new URL(http.url), { requestInit }))
  return connected
}

describe('a client on HTTP', () => {
  it('finds the tools of both servers, under the names of their servers', async () => {
    const names = []
    for (let cursor: string | undefined, first = true; first || cursor; first = false) {
      const page = await client.listTools(cursor === undefined ? {} : { cursor })
      names.push(...page.tools.map(({ name }) => name))
      cursor = page.nextCursor
    }
    expect(names).toContain('all__echo')
    expect(names).toContain('files__write_file')
    expect(client.getServerVersion()?.name).toBe('countersign')
  })

  it('calls each, where policy allows it', async () => {
    expect((await client.callTool({ name: 'all__echo', arguments: { message: 'Hello' } })).content).toEqual([
      { type: 'text', text: 'Echo: Hello' },
    ])
    writeFileSync(join(folder, 'notes.txt'), 'Notes')
    const read = await client.callTool({
      name: 'files__read_text_file',
      arguments: { path: join(folder, 'notes.txt') },
    })
    expect(read.content).toEqual([{ type: 'text', text: 'Notes' }])
  })

  it('waits for a person, across sessions of the same agent', async () => {
    const call = { name: 'files__write_file', arguments: { path: join(folder, 'new.txt'), content: 'Approved' } }
    const other = await connect()
    const both = [client.callTool(call, undefined, HELD), other.callTool(call, undefined, HELD)]
    const { id } = await nextRequest(ground)
    mustSucceed(await ground.ben.consent(id))
    for (const result of await Promise.all(both)) expect(result.isError).toBeFalsy()
    expect(existsSync(join(folder, 'new.txt'))).toBe(true)
    await other.close()
  })

  it('names tools that no server has, in the words of the protocol', async () => {
    for (const name of ['echo', 'none__echo', 'all__none', 'all__'])
      await expect(client.callTool({ name, arguments: {} })).rejects.toMatchObject({ code: -32602 })
  })
})

const runsOf = async (request: string) => {
  const all = await ground.authority.store.entriesAfter({ after: 0, limit: 10_000 })
  return all.filter(({ body }) => body.includes(request) && body.includes('"token.redeemed"'))
}

describe('on the wire', () => {
  const post = (body: string | object, headers: Record<string, string> = {}) =>
    fetch(http.url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${credential()}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
  }

  it.each([
    ['no credential', 401, { authorization: '' }],
    ['another’s credential', 401, { authorization: `Bearer cs_agent_${'A'.repeat(43)}` }],
    ['a page of another origin', 403, { origin: 'https://evil.example' }],
    ['a body that is no JSON', 415, { 'content-type': 'text/plain' }],
    ['a body of another type that has its name', 415, { 'content-type': 'application/json-patch+json' }],
    ['a body that is compressed', 415, { 'content-encoding': 'gzip' }],
    ['a client that takes no events', 406, { accept: 'application/json' }],
    ['a version that is none', 400, { 'mcp-protocol-version': 'latest' }],
    ['a version before the first', 400, { 'mcp-protocol-version': '1999-01-01' }],
    ['a session that is not there', 404, { 'mcp-session-id': 'x' }],
  ])('refuses %s', async (_, status, headers) => {
    const body = { ...initialize, ...(status === 404 ? { method: 'tools/list' } : {}) }
    const answer = await post(body, headers)
    expect([answer.status, (await answer.json()).error.message]).toEqual([status, expect.stringMatching(/\.$/)])
  })

  it('takes media types in any case of letters, and ranges of them', async () => {
    const headers = { 'content-type': 'Application/JSON; charset=utf-8', accept: 'Application/*, TEXT/event-stream' }
    expect((await post(initialize, headers)).status).toBe(200)
  })

  it.each([
    ['GET', 406, { accept: 'application/json' }],
    ['PUT', 405, {}],
    ['OPTIONS', 405, {}],
  ])('refuses %s with %i', async (method, status, headers) => {
    const { headers: given } = await post(initialize)
    const session = { 'mcp-session-id': given.get('mcp-session-id') ?? '' }
    const answer = await fetch(http.url, {
      method,
      headers: { authorization: `Bearer ${credential()}`, ...session, ...headers },
    })
    expect([answer.status, await answer.json()]).toMatchObject([status, { id: null, error: { code: -32600 } }])
    expect(answer.headers.get('allow')).toBe(status === 405 ? 'POST, GET, DELETE' : null)
  })

  it.each([
    ['a batch', [initialize, { ...initialize, id: 'two' }], [{ id: 1 }, { id: 'two' }]],
    ['a batch of notifications', [{ jsonrpc: '2.0', method: 'ping' }], { id: null }],
    ['an empty batch', [], { id: null }],
    ['a doubled member', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"ping"}', { id: 1 }],
    ['half a pair', String.raw`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"\udc00"}}`, { id: 1 }],
    ['no JSON', '{"jsonrpc"', { id: null }],
    ['an answer that cannot be read', { jsonrpc: '2.0', id: 1, result: null }, { id: null }],
    ['another version', { ...initialize, jsonrpc: '1.0' }, { id: 1 }],
    [
      'deep nesting',
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":${'{"a":'.repeat(70)}1${'}'.repeat(70)}}`,
      { id: 1 },
    ],
    ['no session', { ...initialize, method: 'tools/list' }, { id: null }],
  ])('refuses %s, with an error for each request that it can tell', async (_, body, errors) => {
    const answer = await post(body)
    expect([answer.status, await answer.json()]).toMatchObject([400, errors])
  })

  it.each([
    ['tools/call', { name: 'files__read_text_file' }],
    ['resources/read', { uri: 'test://other' }],
    ['tasks/get', { taskId: 'other' }],
  ])('refuses a call of %s by itself whose header names another', async (method, named) => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, 'mcp-name': 'one' }
    const answer = await post({ jsonrpc: '2.0', id: 7, method, params: { ...named, _meta } }, headers)
    expect([answer.status, await answer.json()]).toMatchObject([400, { id: 7, error: { code: -32020 } }])
  })

  it('is one session for one agent, until it is deleted', async () => {
    const answer = await post(initialize)
    const session = { 'mcp-session-id': answer.headers.get('mcp-session-id') ?? '' }
    expect(answer.status).toBe(200)
    await answer.text()
    const ping = { jsonrpc: '2.0', id: 2, method: 'ping' }
    expect(await (await post(ping, session)).json()).toEqual({ jsonrpc: '2.0', id: 2, result: {} })
    const headers = { authorization: `Bearer ${credential()}`, ...session }
    expect((await fetch(http.url, { method: 'DELETE', headers })).status).toBe(204)
    expect((await post(ping, session)).status).toBe(404)
  })

  it.each([
    ['says so, in a session', false],
    ['leaves, where each call stands by itself', true],
  ])('takes the request of a call back when its client %s', async (_, alone) => {
    const params = { name: 'files__write_file', arguments: { path: join(folder, 'no.txt'), content: 'No' } }
    const _meta = {
      progressToken: 1,
      ...(alone && {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      }),
    }
    const by = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': params.name }
    const headers = alone ? by : { 'mcp-session-id': (await post(initialize)).headers.get('mcp-session-id') ?? '' }
    const held = await post({ jsonrpc: '2.0', id: 9, method: 'tools/call', params: { ...params, _meta } }, headers)
    const { id } = await nextRequest(ground)
    const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 9 } }
    if (!alone) expect((await post(cancelled, headers)).status).toBe(202)
    else await held.body?.cancel()
    await waitFor(async () => expect(await waiting(ground)).toEqual([]))
    expect(await ground.ben.consent(id)).toMatchObject({ ok: false, problem: { state: 'withdrawn' } })
    expect(existsSync(join(folder, 'no.txt'))).toBe(false)
    if (!alone) await held.body?.cancel()
  })

  it('takes an id once at a time, and goes on with the call of a client that broke off and came back', async () => {
    const begin = async () => {
      const answer = await post(initialize)
      await answer.text()
      return { 'mcp-session-id': answer.headers.get('mcp-session-id') ?? '' }
    }
    const path = join(folder, 'reconnected.txt')
    const params = { name: 'files__write_file', arguments: { path, content: 'Once' }, _meta: { progressToken: 1 } }
    const call = { jsonrpc: '2.0', id: 5, method: 'tools/call', params }
    const session = await begin()
    const first = await post(call, session)
    expect(await (await post(call, session)).json()).toMatchObject({ id: 5, error: { code: -32600 } })
    const { id } = await nextRequest(ground)
    await first.body?.cancel()
    const again = await post(call, await begin())
    mustSucceed(await ground.ben.consent(id))
    expect(await again.text()).toContain('"io.countersign/approval"')
    expect(readFileSync(path, 'utf8')).toBe('Once')
    expect(await runsOf(id)).toHaveLength(1)
  })

  it(`is ${AGENT} by its credential alone`, async () => {
    expect(await (await post({ jsonrpc: '2.0', id: 3, method: 'tools/call' })).json()).toMatchObject({ error: {} })
  })
})
