/**
 * The load generator: prebuilt requests over kept connections, each sent when the one before was answered.
 *
 * In: a port on this machine, requests as bytes, the status each must get. Out: their rate and latencies.
 * It speaks just enough HTTP/1.1 to take as little as possible from servers that share two cores with it.
 * A single answer of another status fails the whole: refusals must not count as work.
 */
import { createConnection, type Socket } from 'node:net'

export interface Load {
  readonly port: number
  readonly messages: readonly Buffer[]
  readonly expected: number
  /** Default 16. */
  readonly connections?: number
  /** Gets each answer, head and body. Default: none is kept. */
  readonly answered?: (answer: string) => void
}

export interface LoadResult {
  readonly perSecond: number
  readonly latenciesMs: Float64Array
}

/** A POST, head and body. */
export function post(path: string, headers: Readonly<Record<string, string>>, body: string): Buffer {
  const all = { host: 'localhost', ...headers, 'content-length': String(Buffer.byteLength(body)) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

/** A GET. */
export const get = (path: string, headers: Readonly<Record<string, string>> = {}): Buffer => {
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
}

export async function load({ port, messages, expected, connections = 16, answered }: Load): Promise<LoadResult> {
  const open = await Promise.all(Array.from({ length: connections }, () => connect(port)))
  const latenciesMs = new Float64Array(messages.length)
  let next = 0
  const work = async (exchange: Connection['exchange']) => {
    for (let at = next++; at < messages.length; at = next++) {
      const message = messages[at]
      if (!message) break
      const sentAt = performance.now()
      const answer = await exchange(message)
      latenciesMs[at] = performance.now() - sentAt
      if (!answer.startsWith(`HTTP/1.1 ${expected}`)) throw new Error(`Expected ${expected}, got:\n${answer}`)
      answered?.(answer)
    }
  }
  const startedAt = performance.now()
  try {
    await Promise.all(open.map(({ exchange }) => work(exchange)))
    return { perSecond: (messages.length * 1000) / (performance.now() - startedAt), latenciesMs }
  } finally {
    for (const { close } of open) close()
  }
}

interface Connection {
  readonly exchange: (message: Buffer) => Promise<string>
  readonly close: () => void
}

interface Waiting {
  readonly resolve: (answer: string) => void
  readonly reject: (error: Error) => void
}

async function connect(port: number): Promise<Connection> {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  let received = ''
  let waiting: Waiting | undefined
  const fail = () => waiting?.reject(new Error('The server closed the connection'))
  socket.on('close', fail).on('error', fail)
  socket.on('data', (part) => {
    received += part.toString('latin1')
    if (!isWhole(received)) return
    const answer = received
    received = ''
    waiting?.resolve(answer)
  })
  return {
    exchange: exchangeOver(socket, (now) => {
      waiting = now
    }),
    close: () => socket.destroy(),
  }
}

function exchangeOver(socket: Socket, wait: (now: Waiting) => void): Connection['exchange'] {
  return (message) =>
    new Promise((resolve, reject) => {
      wait({ resolve, reject })
      socket.write(message)
    })
}

/** The JSON of an answer. */
export const bodyOf = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))

/** Latin-1, so that a character is a byte. */
function isWhole(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer)?.[1]
  return length === undefined ? answer.endsWith('\r\n0\r\n\r\n') : answer.length === end + 4 + Number(length)
}
