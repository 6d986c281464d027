/** Servers behind HTTP that fail in every way: each request has one answer, and a secret goes nowhere else. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openHttp } from '../../src/gateway/channel/http-upstream.ts'
import { createRoom } from '../../src/gateway/channel/room.ts'
import { openUpstream, type Upstream } from '../../src/gateway/upstream/upstream.ts'
import { waitFor } from '../setup/wait-for.ts'

type Answer = (response: ServerResponse, id: number) => void

const json = { 'content-type': 'application/json' }
const events = { 'content-type': 'text/event-stream' }
const result = (id: unknown, words: string) => JSON.stringify({ jsonrpc: '2.0', id, result: { words } })
const MANY = 'x'.repeat(1024 * 1024)

const seen: string[] = []
let hangs = 0
let drops = 0
let elsewhere: Server
let server: Server
let upstream: Upstream
const urlOf = (of: Server) => `http://127.0.0.1:${(of.address() as AddressInfo).port}/mcp`

const ANSWERS: Readonly<Record<string, Answer>> = {
  good: (response, id) => response.writeHead(200, json).end(result(id, 'good')),
  status: (response) => response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>Sorry</h1>'),
  redirect: (response) => response.writeHead(307, { location: urlOf(elsewhere) }).end(),
  empty: (response) => response.writeHead(202).end(),
  text: (response, id) => response.writeHead(200, { 'content-type': 'text/plain' }).end(result(id, 'text')),
  broken: (response) => response.writeHead(200, { ...json, 'content-length': '100' }).end('{"jsonrpc"'),
  garbled: (response, id) => response.writeHead(200, json).end(`{"jsonrpc":"2.0","id":${id},"id":${id},"result":{}}`),
  'answers with the id null': (response) =>
    response
      .writeHead(400, json)
      .end('{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"I cannot read it"}}'),
  'has a null in its result': (response, id) =>
    response.writeHead(200, json).end(`{"jsonrpc":"2.0","result":{"row":{"id":null}},"id":${id}}`),
  batch: (response, id) => response.writeHead(200, json).end(`[${result(id, 'batch')}]`),
  dies: (response) => response.destroy(),
  'dies in a stream': (response) => {
    response.writeHead(200, events).write('event: message\ndata: {"jsonrpc":')
    setImmediate(() => response.destroy())
  },
  'ends a stream': (response) => response.writeHead(200, events).end(),
  'answers with megabytes': (response, id) => {
    response.writeHead(200, json).write(`{"jsonrpc":"2.0","id":${id},"result":{"words":"`)
    for (let at = 0; at < 9; at++) response.write(MANY)
    response.end('"}}')
  },
  'sends megabytes in an event': (response) => {
    response.writeHead(200, events).write('data: ')
    for (let at = 0; at < 9; at++) response.write(MANY)
    response.end('\n\n')
  },
  'answers with megabytes in an event': (response, id) => {
    response.writeHead(200, events).write('data: {"result":{"words":"')
    for (let at = 0; at < 9; at++) response.write(MANY)
    response.end(`"},"jsonrpc":"2.0","id":${id}}\n\n`)
  },
  'begins a stream with events without data': (response, id) =>
    response.writeHead(200, events).end(`id: 1\ndata:\n\nid: 2\n\n: x\n\ndata: \n\ndata: ${result(id, 'events')}\n\n`),
  'lies about ids': (response, id) =>
    response
      .writeHead(200, events)
      .end([id + 1000, String(id), id, id].map((of, at) => `data: ${result(of, `number ${at}`)}\n\n`).join('')),
  hangs: (response) => {
    hangs++
    response.once('close', () => hangs--)
  },
}

async function answer(request: IncomingMessage, response: ServerResponse) {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  const { id, method } = JSON.parse(Buffer.concat(parts).toString())
  ANSWERS[method]?.(response, id)
}

const listening = async (of: Server) => {
  await new Promise<void>((resolve) => of.listen(0, '127.0.0.1', resolve))
  return of
}

beforeAll(async () => {
  elsewhere = await listening(
    createServer(({ headers }, response) => {
      seen.push(String(headers.authorization))
      response.end()
    }),
  )
  server = await listening(createServer((request, response) => void answer(request, response)))
  const open = openHttp({ url: urlOf(server), headers: { authorization: 'Bearer secret' } })
  upstream = openUpstream('http', open, {
    called: () => {},
    notified: () => {},
    answered: () => {},
    room: createRoom(1),
    dropped: () => drops++,
    ended: () => {},
  })
})
afterAll(() => {
  upstream.close()
  for (const one of [server, elsewhere]) {
    one.closeAllConnections()
    one.close()
  }
})

const UNKNOWN = { error: { code: -32603, data: { 'io.countersign/outcome': 'unknown' } } }

it.each([
  'status',
  'redirect',
  'empty',
  'text',
  'broken',
  'garbled',
  'batch',
  'dies',
  'dies in a stream',
  'ends a stream',
  'sends megabytes in an event',
])('a server that %s: nobody knows whether it acted, and the next call is answered', async (method) => {
  expect(await upstream.request(method, {})).toMatchObject(UNKNOWN)
  expect(await upstream.request('good', {})).toEqual({ result: { words: 'good' } })
})

it.each(['answers with megabytes', 'answers with megabytes in an event'])(
  'a server that %s has acted',
  async (method) => {
    const [outcome, good] = await Promise.all([upstream.request(method, {}), upstream.request('good', {})])
    expect(outcome).toMatchObject({
      error: { message: 'The server http answered. The message is larger than 8 MiB.', ...UNKNOWN.error },
    })
    expect(good).toEqual({ result: { words: 'good' } })
  },
)

it('a server that could not read a request has its error passed on', async () => {
  expect(await upstream.request('answers with the id null', {})).toMatchObject({ error: { code: -32600 } })
})

it('an event without data is no message that is dropped', async () => {
  const before = drops
  const outcome = await upstream.request('begins a stream with events without data', {})
  expect([outcome, drops]).toEqual([{ result: { words: 'events' } }, before])
})

it('a null in a result stays one', async () => {
  expect(await upstream.request('has a null in its result', {})).toEqual({ result: { row: { id: null } } })
})

it('a redirect takes no secret along', () => {
  expect(seen).toEqual([])
})

it('a server that lies about ids answers its own request alone, once', async () => {
  const both = [upstream.request('lies about ids', {}), upstream.request('good', {})]
  expect(await Promise.all(both)).toEqual([{ result: { words: 'number 2' } }, { result: { words: 'good' } }])
})

it('a server that hangs is left when the call is cancelled', async () => {
  const controller = new AbortController()
  const hanging = upstream.request('hangs', {}, { signal: controller.signal })
  await waitFor(() => expect(hangs).toBe(1))
  controller.abort()
  expect(await hanging).toMatchObject({ error: { message: 'The call was cancelled.' } })
  await waitFor(() => expect(hangs).toBe(0))
})
