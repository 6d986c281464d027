/**
 * A server behind Streamable HTTP: each message is a POST, its answer JSON or a stream of events; 2025-11-25 with a
 * session and a stream of the server's own, 2026-07-28 without. Follows no redirect, so that a secret goes nowhere else.
 */
import { StringDecoder } from 'node:string_decoder'
import { setTimeout } from 'node:timers/promises'
import type { JsonObject } from '@countersign/verifier'
import { type Id, type Message, objectIn, textIn, type Unreadable, writeMessage } from '../message/json-rpc.ts'
import { NOBODY } from '../message/meant-message.ts'
import { FIRST_STATELESS } from '../message/protocol.ts'
import { unsent, unsure } from '../message/unsure.ts'
import { type Credential, type Headers, NoToken } from './credential-port.ts'
import { readEvents, type StreamEvent } from './event-lines.ts'
import type { OpenChannel, Receiver } from './message-channel.ts'
import { createPartialMessage } from './partial-message.ts'
import type { Room } from './room.ts'
import { takeText } from './take-text.ts'

export interface HttpServer {
  readonly url: string
  /** Sent with each message: the server's credential may be among them. */
  readonly headers: Headers
  /** Of each message alone. */
  readonly credential?: Credential | undefined
}

const PROTOCOL = 'io.modelcontextprotocol/protocolVersion'
const REOPEN_MS = 1000
const MAX_REOPEN_MS = 60_000

export const openHttp =
  ({ url, headers, credential }: HttpServer): OpenChannel =>
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

    async function exchange(method: string, more: Headers, signal: AbortSignal, body?: string) {
      return fetch(url, {
        method,
        headers: {
          ...headers,
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

    async function credentialFor(signal: AbortSignal, tool?: string): Promise<Headers> {
      return (await credential?.(tool, signal)) ?? {}
    }

    async function post(message: Message, given: Headers | undefined): Promise<void> {
      const call = new AbortController()
      if (message.kind === 'request') calls.set(message.id, call)
      const signal = AbortSignal.any([closing.signal, call.signal])
      const answered = { hasCome: false }
      const take = (one: Message) => {
        // Where a request could not be read, its answer has the id null.
        const isOwn = message.kind === 'request' && one.kind === 'answer' && (one.id ?? message.id) === message.id
        if (!isOwn) return received(one)
        answered.hasCome = true
        received({ ...one, id: message.id })
      }
      const reader = { received: take, unreadable: receiver.unreadable, room: receiver.room }
      try {
        const accept = { accept: 'application/json, text/event-stream', ...describing(message) }
        const more = { ...accept, ...(given ?? (await credentialFor(signal, toolOf(message)))) }
        const response = await exchange('POST', more, signal, writeMessage(message))
        session ??= response.headers.get('mcp-session-id') ?? undefined
        await readAnswer(response, message, reader)
        if (message.kind === 'notification' && message.method === 'notifications/initialized') void listen()
      } catch (error) {
        // Who cancelled, or closed the channel, waits for nothing.
        if (signal.aborted) return
        const why = uncalledWords(error, url)
        if (why !== undefined && message.kind === 'request') take(uncalled(message.id, why))
      } finally {
        if (message.kind === 'request') calls.delete(message.id)
      }
      if (message.kind === 'request' && !answered.hasCome) receiver.received(unanswered(message.id))
    }

    /** The stream on which the server sends by itself; a server that has none answers 405. */
    async function listen(): Promise<void> {
      let last: string | undefined
      let pauseMs = REOPEN_MS
      while (!closing.signal.aborted) {
        try {
          const resumed = last === undefined ? {} : { 'last-event-id': last }
          const more = { accept: 'text/event-stream', ...resumed, ...(await credentialFor(closing.signal)) }
          const response = await exchange('GET', more, closing.signal)
          if (!response.ok || !response.body) return void response.body?.cancel()
          pauseMs = REOPEN_MS
          const take = ({ data, id }: StreamEvent) => {
            last = id ?? last
            takeEvent(data, receiver)
          }
          await readEvents(response.body, take, receiver.room)
        } catch {
          // A stream that breaks is opened again.
          pauseMs = Math.min(2 * pauseMs, MAX_REOPEN_MS)
        }
        await setTimeout(pauseMs, undefined, { signal: closing.signal }).catch(() => {})
      }
    }

    async function leave(): Promise<void> {
      const signal = AbortSignal.timeout(REOPEN_MS)
      await exchange('DELETE', await credentialFor(signal), signal)
    }

    function cancel({ requestId }: JsonObject): boolean {
      const call = typeof requestId === 'string' || typeof requestId === 'number' ? calls.get(requestId) : undefined
      call?.abort()
      return session === undefined && call !== undefined
    }

    return {
      send(message, _about, given) {
        // Without a session the end of its call is what cancels it.
        const isCancel = message.kind === 'notification' && message.method === 'notifications/cancelled'
        if (isCancel && cancel(message.params)) return
        void post(message, given)
      },
      close() {
        if (closing.signal.aborted) return
        if (session !== undefined) void leave().catch(() => {})
        closing.abort()
        receiver.ended('The gateway closed the connection.')
      },
    }
  }

const unanswered = (id: Id): Message => ({
  kind: 'answer',
  id,
  outcome: unsure('The server gave no answer.'),
})

const uncalled = (id: Id, why: string): Message => ({
  kind: 'answer',
  id,
  outcome: unsent(`The server was not called: ${why}`),
})

/** Why nothing was sent; undefined where something may have been. */
function uncalledWords(error: unknown, url: string): string | undefined {
  if (error instanceof NoToken) return error.message
  const { cause } = error instanceof Error ? error : {}
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return UNSENT.has(code) ? `nobody answers at ${new URL(url).origin} (${code}).` : undefined
}

const UNSENT = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'])

const toolOf = (message: Message): string | undefined =>
  message.kind === 'request' && message.method === 'tools/call' ? textIn(message.params, 'name') : undefined

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

type Reader = Pick<Receiver, 'received' | 'unreadable' | 'room'>

/** An error status often has the answer as its body. */
async function readAnswer(response: Response, sent: Message, reader: Reader): Promise<void> {
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith('text/event-stream') && response.body)
    return readEvents(response.body, ({ data }) => takeEvent(data, reader), reader.room)
  if (sent.kind !== 'request' || !type.startsWith('application/json')) return response.body?.cancel()
  takeEvent(await readBody(response, sent.id, reader.room), reader)
}

/** The answer to the request with this id, which is left where it is too much. */
async function readBody(response: Response, id: Id, room: Room): Promise<string | Unreadable> {
  const partial = createPartialMessage(room)
  const decoder = new StringDecoder('utf8')
  const end = () => partial.end({ ...NOBODY, answers: [id] })
  try {
    for await (const bytes of response.body ?? []) {
      partial.add(decoder.write(Buffer.from(bytes)))
      if (!partial.isKept()) break
    }
    return end()
  } finally {
    end()
  }
}

/** An event without data only names the place from which a stream goes on. */
function takeEvent(data: string | Unreadable, reader: Reader): void {
  if (typeof data !== 'string') reader.unreadable(data)
  else if (data !== '') takeText(data, reader)
}
