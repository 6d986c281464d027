/**
 * A server behind Streamable HTTP: each message is a POST, its answer JSON or a stream of events; 2025-11-25 with a
 * session and a stream of the server's own, 2026-07-28 without. Follows no redirect, so that a secret goes nowhere else.
 */
import { setTimeout } from 'node:timers/promises'
import type { JsonObject } from '@countersign/verifier'
import {
  CODES,
  failed,
  type Id,
  MAX_MESSAGE_LENGTH,
  type Message,
  objectIn,
  readMessage,
  textIn,
  Unreadable,
  wireOf,
} from '../message/json-rpc.ts'
import { readEvents } from './event-lines.ts'
import type { OpenChannel, Receiver } from './message-channel.ts'

export interface HttpServer {
  readonly url: string
  /** Sent with each call: the server's credential is among them. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>
}

const PROTOCOL = 'io.modelcontextprotocol/protocolVersion'
const FIRST_STATELESS = '2026-07-28'
const REOPEN_MS = 1000
const UNSURE = 'Whether the server acted on this call is not known: look before you repeat it.'

export const openHttp =
  ({ url, headers }: HttpServer): OpenChannel =>
  (receiver) => {
    const closing = new AbortController()
    const calls = new Map<Id, AbortController>()
    let session: string | undefined
    let version: string | undefined

    function received(message: Message): void {
      if (message.kind === 'answer' && 'result' in message.outcome)
        version ??= textIn(message.outcome.result, 'protocolVersion')
      receiver.received(message)
    }

    async function exchange(
      method: string,
      more: Readonly<Record<string, string>>,
      signal: AbortSignal,
      body?: string,
    ) {
      return fetch(url, {
        method,
        headers: {
          ...(await headers()),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(session === undefined ? {} : { 'mcp-session-id': session }),
          ...(version === undefined ? {} : { 'mcp-protocol-version': version }),
          ...more,
        },
        ...(body === undefined ? {} : { body }),
        redirect: 'manual',
        signal,
      })
    }

    async function post(message: Message): Promise<void> {
      const call = new AbortController()
      if (message.kind === 'request') calls.set(message.id, call)
      const signal = AbortSignal.any([closing.signal, call.signal])
      const answered = { hasCome: false }
      const take = (one: Message) => {
        if (message.kind === 'request' && one.kind === 'answer' && one.id === message.id) answered.hasCome = true
        received(one)
      }
      try {
        const headers = { accept: 'application/json, text/event-stream', ...describing(message) }
        const response = await exchange('POST', headers, signal, JSON.stringify(wireOf(message)))
        session ??= response.headers.get('mcp-session-id') ?? undefined
        await readAnswer(response, message, take)
        if (message.kind === 'notification' && message.method === 'notifications/initialized') void listen()
      } catch {
        // Who cancelled, or closed the channel, waits for nothing.
        if (signal.aborted) return
      } finally {
        if (message.kind === 'request') calls.delete(message.id)
      }
      if (message.kind === 'request' && !answered.hasCome) receiver.received(unanswered(message.id))
    }

    /** The stream on which the server sends by itself; a server that has none answers 405. */
    async function listen(): Promise<void> {
      let last: string | undefined
      while (!closing.signal.aborted) {
        try {
          const resumed = last === undefined ? {} : { 'last-event-id': last }
          const response = await exchange('GET', { accept: 'text/event-stream', ...resumed }, closing.signal)
          if (!response.ok || !response.body) return void response.body?.cancel()
          await readEvents(response.body, ({ data, id }) => {
            last = id ?? last
            take(data, receiver)
          })
        } catch {
          // A stream that breaks is opened again.
        }
        await setTimeout(REOPEN_MS, undefined, { signal: closing.signal }).catch(() => {})
      }
    }

    function cancel({ requestId }: JsonObject): boolean {
      const call = typeof requestId === 'string' || typeof requestId === 'number' ? calls.get(requestId) : undefined
      call?.abort()
      return session === undefined && call !== undefined
    }

    return {
      send(message) {
        // Without a session the end of its call is what cancels it.
        const isCancel = message.kind === 'notification' && message.method === 'notifications/cancelled'
        if (isCancel && cancel(message.params)) return
        void post(message)
      },
      close() {
        if (closing.signal.aborted) return
        if (session !== undefined) void exchange('DELETE', {}, AbortSignal.timeout(REOPEN_MS)).catch(() => {})
        closing.abort()
        receiver.ended('The gateway closed the connection.')
      },
    }
  }

const unanswered = (id: Id): Message => ({
  kind: 'answer',
  id,
  outcome: failed(CODES.internal, `The server gave no answer. ${UNSURE}`),
})

/** The headers that 2026-07-28 asks for: they repeat what the body says. */
function describing(message: Message): Record<string, string> {
  if (message.kind === 'answer') return {}
  const version = textIn(objectIn(message.params, '_meta'), PROTOCOL)
  if (version === undefined || version < FIRST_STATELESS) return {}
  const { params, method } = message
  const name = textIn(params, method === 'resources/read' ? 'uri' : method.startsWith('tasks/') ? 'taskId' : 'name')
  return {
    'mcp-protocol-version': version,
    'mcp-method': method,
    ...(name === undefined ? {} : { 'mcp-name': encoded(name) }),
  }
}

/** Values that are no plain header are sent in Base64, with the mark of SEP-2243. */
const encoded = (value: string): string =>
  /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.startsWith('=?base64?')
    ? value
    : `=?base64?${Buffer.from(value).toString('base64')}?=`

/** An error status often has the answer as its body, where a request that could not be read has the id null. */
async function readAnswer(response: Response, sent: Message, take: (message: Message) => void): Promise<void> {
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith('text/event-stream') && response.body)
    return readEvents(response.body, ({ data }) => takeText(data, take))
  const text = await boundedText(response)
  if (sent.kind !== 'request' || text === '') return
  if (type.startsWith('application/json')) takeText(withId(text, sent.id), take)
}

const withId = (text: string, id: Id): string => text.replace(/"id"\s*:\s*null/, `"id":${JSON.stringify(id)}`)

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const bytes of response.body ?? []) {
    length += bytes.length
    if (length > MAX_MESSAGE_LENGTH) throw new RangeError('The answer is larger than 8 MiB')
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** What is no message is dropped: the request that waits for it gets an error. */
function takeText(text: string, take: (message: Message) => void): void {
  let message: Message
  try {
    message = readMessage(text)
  } catch (error) {
    if (error instanceof Unreadable) return
    throw error
  }
  take(message)
}

const take = (data: string, receiver: Receiver) => takeText(data, receiver.received)
