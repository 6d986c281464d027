/** The answer to one POST: JSON where the first message is the last, else a stream of events that ends with it. */
import type { ServerResponse } from 'node:http'
import { type Id, type Message, writeMessage } from '../message/json-rpc.ts'
import { statusOf } from './stateless-headers.ts'
import type { Unread } from './unread.ts'

export interface Exchange {
  /** The id as the client sent it. */
  readonly id: Id
  readonly progressToken: Id | undefined
  /** Whether an error has a status of its own. */
  readonly hasStatus: boolean
  /** A message before the answer. */
  readonly tell: (message: Message) => void
  readonly answer: (message: Message) => void
}

const JSON_ONCE = { 'content-type': 'application/json', 'cache-control': 'no-store' }
const EVENTS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' }

type Described = Pick<Exchange, 'id' | 'progressToken' | 'hasStatus'>

/** `headers`: such as the id of a new session. */
export function createExchange(
  response: ServerResponse,
  described: Described,
  headers: () => Readonly<Record<string, string>>,
  unread: Unread,
): Exchange {
  const tell = (message: Message) => {
    if (!response.headersSent) response.writeHead(200, { ...EVENTS, ...headers() })
    unread.write(response, eventOf(message))
  }
  return {
    ...described,
    tell,
    answer(message) {
      if (response.headersSent) return unread.end(response, eventOf(message))
      response.writeHead(described.hasStatus ? statusOf(message) : 200, { ...JSON_ONCE, ...headers() })
      unread.end(response, writeMessage(message))
    },
  }
}

export function openEvents(response: ServerResponse, unread: Unread): (message: Message) => void {
  response.writeHead(200, EVENTS)
  response.flushHeaders()
  return (message) => unread.write(response, eventOf(message))
}

const eventOf = (message: Message): string => `event: message\ndata: ${writeMessage(message)}\n\n`

export function sendJson(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...JSON_ONCE, ...headers })
  response.end(body)
}
