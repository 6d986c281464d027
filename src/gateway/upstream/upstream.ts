/**
 * One upstream server, for one session: sends requests under ids of the gateway's own and gives each its answer, once.
 *
 * An answer to no request is dropped. When the connection ends, every request that waits is lost: whether the server
 * acted on it is not known then.
 */
import type { JsonObject } from '@countersign/verifier'
import type { Headers } from '../channel/credential-port.ts'
import type { Channel, OpenChannel } from '../channel/message-channel.ts'
import {
  CODES,
  failed,
  type Id,
  lost,
  type Message,
  notification,
  type Outcome,
  objectIn,
} from '../message/json-rpc.ts'

/** What an upstream sends by itself, and its end. */
export interface UpstreamListener {
  readonly called: (id: Id, method: string, params: JsonObject) => void
  readonly notified: (method: string, params: JsonObject) => void
  readonly ended: (reason: string) => void
}

export interface RequestOptions {
  /** The client's request that this one is, for notifications that name it. */
  readonly about?: Id | undefined
  /** Cancels the request at the server; the outcome is then an error. */
  readonly signal?: AbortSignal | undefined
  /** Got for this request already. */
  readonly credential?: Headers | undefined
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

export function openUpstream(name: string, open: OpenChannel, listener: UpstreamListener): Upstream {
  const waiting = new Map<Id, (outcome: Outcome) => void>()
  const abouts = new Map<Id, Id>()
  let lastId = 0
  let ended: string | undefined

  function end(reason: string): void {
    if (ended !== undefined) return
    ended = `The server ${name} is not there any more. ${reason}`
    for (const settle of waiting.values()) settle(lost(ended))
    listener.ended(reason)
  }

  function received(message: Message) {
    if (message.kind === 'request') return listener.called(message.id, message.method, message.params)
    if (message.kind === 'notification') return listener.notified(message.method, forClient(message.params, abouts))
    waiting.get(message.id)?.(message.outcome)
  }

  const unreadable = ({ message }: Error) => {
    channel.close()
    end(`It sent something that is no message: ${message}`)
  }
  const channel: Channel = open({ received, unreadable, ended: end })

  function request(
    method: string,
    params: JsonObject,
    { signal, about, credential }: RequestOptions = {},
  ): Promise<Outcome> {
    if (ended !== undefined) return Promise.resolve(failed(CODES.internal, ended))
    if (signal?.aborted) return Promise.resolve(failed(CODES.internal, CANCELLED))
    if (waiting.size >= MAX_WAITING) return Promise.resolve(failed(CODES.internal, `Too many calls wait for ${name}.`))
    const id = ++lastId
    return new Promise((resolve) => {
      const cancel = () => {
        channel.send(notification('notifications/cancelled', { requestId: id }))
        settle(lost(CANCELLED))
      }
      const settle = (outcome: Outcome) => {
        waiting.delete(id)
        abouts.delete(id)
        signal?.removeEventListener('abort', cancel)
        resolve(outcome)
      }
      waiting.set(id, settle)
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

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId'

/** What a server tells of a subscription names the request that opened it. */
function forClient(params: JsonObject, abouts: ReadonlyMap<Id, Id>): JsonObject {
  const meta = objectIn(params, '_meta')
  const { [SUBSCRIPTION]: id } = meta
  const about =
    typeof id === 'string' || typeof id === 'number' ? (abouts.get(id) ?? abouts.get(Number(id))) : undefined
  return about === undefined ? params : { ...params, _meta: { ...meta, [SUBSCRIPTION]: about } }
}

const CANCELLED = 'The call was cancelled.'
