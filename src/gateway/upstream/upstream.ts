/**
 * One connection to a server, for one session: sends requests under ids of the gateway's own and gives each its answer,
 * once.
 *
 * An answer to no request is dropped, and so is what is no message; an answer that cannot be read is an error to its
 * request. When the connection ends, every request that waits gets an error.
 */
import type { JsonObject } from '@countersign/verifier'
import type { Headers } from '../channel/credential-port.ts'
import type { Channel, OpenChannel } from '../channel/message-channel.ts'
import type { Room } from '../channel/room.ts'
import { carried } from '../message/carried-text.ts'
import {
  type Answer,
  type Id,
  type Message,
  notification,
  type Outcome,
  objectIn,
  readMessage,
  Unreadable,
} from '../message/json-rpc.ts'
import { withoutOwnMeta } from '../message/own-meta.ts'
import { overlong, unsent, unsure } from '../message/unsure.ts'
import { createProgressTokens } from './progress-tokens.ts'

/** What an upstream sends by itself, and its end. */
export interface UpstreamListener {
  readonly called: (id: Id, method: string, params: JsonObject) => void
  readonly notified: (method: string, params: JsonObject) => void
  /** It answered a request; called before anything that it sends afterwards. */
  readonly answered: (outcome: Outcome) => void
  /** The agent's, for what it sends in part. */
  readonly room: Room
  /** It sent something that is no message, and was let go on. */
  readonly dropped: (fault: Unreadable) => void
  readonly ended: (reason: string) => void
}

export interface RequestOptions {
  /** The client's request that this one is, for notifications that name it. */
  readonly about?: Id | undefined
  /** Cancels the request at the server; the outcome is then an error. */
  readonly signal?: AbortSignal | undefined
  /** Got for this request already. */
  readonly credential?: Headers | undefined
  /** Whether the gateway itself reads the result: it is then strict. */
  readonly isRead?: boolean
}

export interface Upstream {
  readonly name: string
  /** Never rejects. */
  readonly request: (method: string, params: JsonObject, options?: RequestOptions) => Promise<Outcome>
  readonly notify: (method: string, params: JsonObject) => void
  readonly answer: (id: Id, outcome: Outcome) => void
  readonly close: () => void
}

const MAX_WAITING = 1000

/** The gateway reads their results, whoever asks. */
const READ: ReadonlySet<string> = new Set(['initialize', 'server/discover', 'tools/list'])

interface Waiting {
  readonly settle: (outcome: Outcome) => void
  readonly isRead: boolean
}

export function openUpstream(name: string, open: OpenChannel, listener: UpstreamListener): Upstream {
  const waiting = new Map<Id | null, Waiting>()
  const abouts = new Map<Id, Id>()
  const tokens = createProgressTokens()
  let lastId = 0
  let ended: string | undefined

  function end(reason: string): void {
    if (ended !== undefined) return
    ended = `The server ${name} is not there any more. ${reason}`
    for (const { settle } of waiting.values()) settle(unsure(ended))
    listener.ended(reason)
  }

  function received(sent: Message) {
    const message = withoutOwnMeta(sent)
    if (message.kind === 'request') return listener.called(message.id, message.method, message.params)
    if (message.kind === 'notification') return notified(message.method, message.params)
    const one = waiting.get(message.id)
    if (!one) return
    listener.answered(message.outcome)
    one.settle(message.outcome)
  }

  /** Progress is of a request that this server has got. */
  function notified(method: string, params: JsonObject) {
    if (method === 'notifications/progress' && !tokens.isKnown(params['progressToken'])) return
    listener.notified(method, forClient(params, abouts))
  }

  function unreadable(fault: Unreadable) {
    const passed = passable(fault)
    const one = passed && waiting.get(passed.id)
    if (one && !one.isRead) return one.settle(passed.outcome)
    listener.dropped(fault)
    const { requests, answers } = fault.meant
    if (requests.length > 0) for (const refusal of fault.refusals()) channel.send(refusal)
    for (const id of answers) waiting.get(id)?.settle(unreadableAnswer(name, fault))
  }
  const channel: Channel = open({ received, unreadable, ended: end, room: listener.room })

  function request(
    method: string,
    params: JsonObject,
    { signal, about, credential, isRead = READ.has(method) }: RequestOptions = {},
  ): Promise<Outcome> {
    if (ended !== undefined) return Promise.resolve(unsent(ended))
    if (signal?.aborted) return Promise.resolve(unsent(CANCELLED))
    if (waiting.size >= MAX_WAITING) return Promise.resolve(unsent(`Too many calls wait for ${name}.`))
    const id = ++lastId
    return new Promise((resolve) => {
      const cancel = () => {
        channel.send(notification('notifications/cancelled', { requestId: id }))
        settle(unsure(isLate(signal) ? `The server ${name} did not answer in time.` : CANCELLED))
      }
      const settle = (outcome: Outcome) => {
        waiting.delete(id)
        abouts.delete(id)
        tokens.end(id, outcome)
        signal?.removeEventListener('abort', cancel)
        resolve(outcome)
      }
      waiting.set(id, { settle, isRead })
      tokens.begin(id, params)
      if (about !== undefined) abouts.set(id, about)
      signal?.addEventListener('abort', cancel, { once: true })
      channel.send({ kind: 'request', id, method, params }, undefined, credential)
    })
  }

  return {
    name,
    request,
    notify: (method, params) => channel.send(notification(method, params)),
    answer: (id, outcome) => channel.send({ kind: 'answer', id, outcome }),
    close: channel.close,
  }
}

const unreadableAnswer = (name: string, { message, isTooMuch }: Unreadable): Outcome =>
  isTooMuch
    ? overlong(`The server ${name} answered. ${message}`)
    : unsure(`The answer of the server ${name} cannot be read: ${message}`)

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId'

/** What a server tells of a subscription names the request that opened it, which has to be one of the server. */
function forClient(params: JsonObject, abouts: ReadonlyMap<Id, Id>): JsonObject {
  const { [SUBSCRIPTION]: id, ...meta } = objectIn(params, '_meta')
  if (id === undefined) return params
  const about =
    typeof id === 'string' || typeof id === 'number' ? (abouts.get(id) ?? abouts.get(Number(id))) : undefined
  return { ...params, _meta: { ...meta, ...(about === undefined ? {} : { [SUBSCRIPTION]: about }) } }
}

/** The answer as the server sent it, where all that is wrong with it is harmless in a result that nobody reads here. */
function passable({ text, meant }: Unreadable): Answer | undefined {
  if (!meant.isJson || meant.answers.length === 0) return undefined
  try {
    const message = withoutOwnMeta(readMessage(carried(text)))
    return message.kind === 'answer' ? message : undefined
  } catch (error) {
    if (error instanceof Unreadable) return undefined
    throw error
  }
}

const isLate = (signal: AbortSignal | undefined): boolean =>
  signal?.reason instanceof DOMException && signal.reason.name === 'TimeoutError'

const CANCELLED = 'The call was cancelled.'
