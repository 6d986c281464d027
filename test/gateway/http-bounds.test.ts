/** What one agent, one client or one server on HTTP can make many or large: sessions, unread bytes, events. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readEvents } from '../../src/gateway/channel/event-lines.ts'
import { type HttpGateway, hashCredential, serveHttp } from '../../src/gateway/channel/http-server.ts'
import type { Channel } from '../../src/gateway/channel/message-channel.ts'
import { createRoom, type Room } from '../../src/gateway/channel/room.ts'
import { failed, notification, type Unreadable } from '../../src/gateway/message/json-rpc.ts'
import { waitFor } from '../setup/wait-for.ts'

const AGENTS = ['good', 'bad', ...Array.from({ length: 30 }, (_, at) => `agent-${at}`)]
const SHARE = 8
const MIB = 2 ** 20

let http: HttpGateway
/** Of agents that have less than others. */
const rooms = new Map<string, Room>()
let refused: ReadonlySet<string>
/** The open channels, by agent. */
const opened = new Map<string, Channel[]>()
const ended: string[] = []

beforeAll(async () => {
  http = await serveHttp({
    ...{ host: '127.0.0.1', port: 0, origins: [] },
    agents: new Map(AGENTS.map((id) => [hashCredential(id), id])),
    roomOf: (agent) => rooms.get(agent) ?? createRoom(1),
    check: async (agent) => (refused.has(agent) ? failed(-31_403, 'Unknown.') : undefined),
    open(agent, open, over) {
      const channel: Channel = open({
        received(message) {
          if (message.kind === 'request') channel.send({ kind: 'answer', id: message.id, outcome: { result: {} } })
        },
        unreadable() {},
        room: createRoom(1),
        ended() {
          ended.push(agent)
          over()
        },
      })
      opened.set(agent, [...(opened.get(agent) ?? []), channel])
    },
  })
})
afterAll(() => http.close())
beforeEach(() => {
  refused = new Set()
  opened.clear()
  ended.length = 0
})

const ERA = 'io.modelcontextprotocol/'
const STATELESS = {
  _meta: { [`${ERA}protocolVersion`]: '2026-07-28', [`${ERA}clientCapabilities`]: {} },
}

async function post(agent: string, message: object, session?: string | null) {
  const isAlone = JSON.stringify(message).includes(ERA)
  const answer = await fetch(http.url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${agent}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(session && { 'mcp-session-id': session }),
      ...(isAlone && { 'mcp-protocol-version': '2026-07-28', 'mcp-method': Object(message).method }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
  })
  const text = await answer.text()
  return { status: answer.status, session: answer.headers.get('mcp-session-id'), body: text && JSON.parse(text) }
}

const begin = (agent: string) => post(agent, { id: 1, method: 'initialize', params: {} })
const ping = (agent: string, session: string | null) => post(agent, { id: 2, method: 'ping' }, session)

describe('sessions', () => {
  it.each([
    ['initialize', { id: 7, method: 'initialize', params: {} }, 200],
    ['a call by itself', { id: 7, method: 'ping', params: STATELESS }, 403],
  ])('are not kept for an agent that is refused: %s', async (_, message, status) => {
    refused = new Set(['bad'])
    const answer = await post('bad', message)
    expect(answer).toEqual({
      ...{ status, session: null },
      body: { jsonrpc: '2.0', id: 7, error: { code: -31_403, message: 'Unknown.' } },
    })
    expect((await post('bad', { method: 'notifications/initialized', params: STATELESS })).status).toBe(202)
    expect(opened.size).toBe(0)
    refused = new Set()
    expect((await post('bad', message)).body).toEqual({ jsonrpc: '2.0', id: 7, result: {} })
  })

  it('of an agent end for others of its own alone', async () => {
    const kept = await begin('good')
    const all = []
    for (let count = 0; count < 5 * SHARE; count++) all.push(await begin('agent-0'))
    expect(ended).toEqual(Array.from({ length: 4 * SHARE }, () => 'agent-0'))
    expect((await ping('good', kept.session)).status).toBe(200)
    expect((await ping('agent-0', all[0]?.session ?? null)).status).toBe(404)
    expect((await ping('agent-0', all.at(-1)?.session ?? null)).status).toBe(200)
  })

  it('that are in use do not end: the agent gets no more, and others do', async () => {
    const streams = []
    for (let count = 0; count < SHARE; count++) streams.push(await listen('agent-1', (await begin('agent-1')).session))
    expect(await begin('agent-1')).toMatchObject({
      status: 503,
      body: { error: { message: 'Too many sessions of this agent are open. Close a session, or try again later.' } },
    })
    expect((await begin('agent-2')).status).toBe(200)
    for (const stream of streams) stream.destroy()
  })
})

describe('the servers of sessions', () => {
  const initialize = async (url: string, session?: string | null, method = 'initialize') => {
    const headers = {
      ...{ authorization: 'Bearer good', accept: '*/*', 'content-type': 'application/json' },
      ...(session && { 'mcp-session-id': session }),
    }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: {} })
    const answer = await fetch(url, { method: 'POST', headers, body })
    return { status: answer.status, text: await answer.text(), session: answer.headers.get('mcp-session-id') }
  }
  const serve = (more: object, answers = true) =>
    serveHttp({
      ...{ host: '127.0.0.1', port: 0, origins: [], roomOf: () => createRoom(1), check: async () => undefined },
      agents: new Map([[hashCredential('good'), 'good']]),
      open(_, open, over) {
        const channel: Channel = open({
          received(message) {
            if (message.kind === 'request' && answers)
              channel.send({ kind: 'answer', id: message.id, outcome: { result: {} } })
          },
          ...{ unreadable() {}, room: createRoom(1), ended: over },
        })
      },
      ...more,
    })

  it('end with a session that nobody has used for long, whose client then begins anew', async () => {
    const own = await serve({ maxIdleMs: 1 })
    const { session } = await initialize(own.url)
    await waitFor(async () => expect((await initialize(own.url, session, 'ping')).status).toBe(404))
    expect((await initialize(own.url)).status).toBe(200)
    await own.close()
  })

  it('are bounded in all: sessions in use keep theirs, and a new one is refused', async () => {
    const own = await serve({ processes: 16 }, false)
    const begun = Array.from({ length: 17 }, () => initialize(own.url))
    const refused = await Promise.race(begun)
    expect(refused).toMatchObject({ status: 503, text: expect.stringContaining('Close a session') })
    await own.close()
    expect((await Promise.all(begun)).filter(({ status }) => status === 503)).toHaveLength(1)
  })
})

/** Opens the stream of a session, and reads nothing after its head. */
async function listen(agent: string, session: string | null): Promise<Socket> {
  const socket = connect(Number(new URL(http.url).port), '127.0.0.1')
  const head = { Host: '127.0.0.1', Authorization: `Bearer ${agent}`, 'Mcp-Session-Id': session }
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`)
  socket.write(`GET /mcp HTTP/1.1\r\n${lines.join('\r\n')}\r\nAccept: text/event-stream\r\n\r\n`)
  await once(socket, 'data')
  socket.pause()
  return socket.on('error', () => {})
}

describe('a client that does not read', () => {
  it('loses the stream that holds the most, and nobody else loses any', async () => {
    const stalled = await listen('agent-3', (await begin('agent-3')).session)
    const other = await listen('agent-4', (await begin('agent-4')).session)
    const [channel, fine] = [opened.get('agent-3')?.[0], opened.get('agent-4')?.[0]]
    const closed = once(stalled, 'close')
    const before = process.memoryUsage().external
    const note = notification('notifications/message', { level: 'info', data: 'x'.repeat(MIB) })
    for (let count = 0; count < 200; count++) channel?.send(note)
    expect(process.memoryUsage().external - before).toBeLessThan(150 * MIB)
    stalled.resume()
    await closed
    fine?.send(notification('notifications/message', { level: 'info', data: 'still there' }))
    let read = ''
    other.on('data', (bytes) => {
      read += bytes
    })
    other.resume()
    await waitFor(() => expect(read).toContain('still there'))
    other.destroy()
  })
})

describe('a call that comes in part', () => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'ping', params: { text: 'x'.repeat(MIB - 1000) } })

  /** Begins the call of a session, and sends half of it. */
  async function half(agent: string, session: string | null): Promise<Socket> {
    const socket = connect(Number(new URL(http.url).port), '127.0.0.1')
    const head = {
      ...{ Host: '127.0.0.1', Authorization: `Bearer ${agent}`, 'Mcp-Session-Id': session },
      ...{ 'Content-Type': 'application/json', Accept: '*/*', 'Content-Length': body.length },
    }
    const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`)
    socket.write(`POST /mcp HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body.slice(0, MIB / 2)}`)
    return socket.on('error', () => {})
  }

  it('takes room of its agent alone until it is there, or broken off', async () => {
    const room = createRoom(1000)
    rooms.set('agent-5', room)
    expect(room.take(15 * MIB)).toBe(true)
    const { session } = await begin('agent-5')
    const halves = [await half('agent-5', session), await half('agent-5', session)]
    const isFree = (size: number) => {
      const isTaken = room.take(size)
      if (isTaken) room.give(size)
      return isTaken
    }
    await waitFor(() => expect(isFree(MIB / 4)).toBe(false))
    expect(
      await post('agent-5', { id: 3, method: 'ping', params: { text: 'x'.repeat(MIB / 4) } }, session),
    ).toMatchObject({
      status: 503,
      body: { id: 3, error: { code: -32603, message: expect.stringContaining('There is no room') } },
    })
    expect((await ping('agent-6', (await begin('agent-6')).session)).status).toBe(200)
    halves[0]?.destroy()
    await waitFor(() => expect(isFree(MIB / 4)).toBe(true))
    const answered = once(halves[1] ?? expect.fail('none'), 'data')
    halves[1]?.write(body.slice(MIB / 2))
    expect(String((await answered)[0])).toContain('200 OK')
    expect(isFree(MIB)).toBe(true)
    halves[1]?.destroy()
  })
})

describe('the events of a server', () => {
  const parts = (...texts: readonly string[]) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const text of texts) controller.enqueue(Buffer.from(text))
        controller.close()
      },
    })
  const collect = async (body: ReadableStream<Uint8Array>, room = createRoom(1)) => {
    const events: (string | Unreadable)[] = []
    await readEvents(body, ({ data }) => void events.push(data), room)
    return events
  }
  const LARGE = `data: ${'x'.repeat(MIB)}\n`

  it.each([
    ['many lines of data', Array.from({ length: 9 }, () => LARGE)],
    ['many lines, and an end', [`${LARGE.repeat(9)}\n`]],
    ['lines of nothing', Array.from({ length: 10 }, () => 'data:\n'.repeat(MIB / 16))],
    ['one long line', Array.from({ length: 9 }, () => 'x'.repeat(MIB))],
  ])('are skipped beyond 8 MiB, and the stream goes on: %s', async (_, texts) => {
    const [skipped, next, ...more] = await collect(parts(...texts, '\n\ndata: next\n\n'))
    expect(skipped).toMatchObject({ isTooMuch: true, message: 'The message is larger than 8 MiB.' })
    expect([next, more]).toEqual(['next', []])
  })

  const FILLING = ',"result":{"text":"'
  it.each([
    ['one line', [`data: {"jsonrpc":"2.0","id":7${FILLING}${'x'.repeat(9 * MIB)}"}}\n\n`]],
    [
      'many lines',
      [`data: {"jsonrpc":"2.0","id":7${FILLING}",\n`, ...Array.from({ length: 9 }, () => LARGE), 'data: "x":1}}\n\n'],
    ],
  ])('that are skipped are known by the id of their message: %s', async (_, texts) => {
    expect(await collect(parts(...texts))).toMatchObject([{ meant: { requests: [], answers: [7] } }])
  })

  it('are skipped where their agent has no room, which they give back at their end', async () => {
    const room = createRoom(1000)
    expect(room.take(15 * MIB)).toBe(true)
    const texts = [`data: {"id":7,"result":{"text":"${'x'.repeat(2 * MIB)}"}}\n\n`]
    expect(await collect(parts(...texts), room)).toMatchObject([
      { isTooMuch: true, message: expect.stringContaining('There is no room'), meant: { answers: [7] } },
    ])
    room.give(15 * MIB)
    expect(await collect(parts(...texts, 'data: cut off'), room)).toHaveLength(1)
    expect(room.take(16 * MIB)).toBe(true)
  })

  it('are each counted anew', async () => {
    const events = await collect(parts(...Array.from({ length: 20 }, () => `${LARGE}${LARGE}\n`)))
    expect(events.map((text) => Object(text).length)).toEqual(events.map(() => 2 * MIB + 1))
    expect(events).toHaveLength(20)
  })
})
