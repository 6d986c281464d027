/**
 * The channel of clients on HTTP: which answer belongs to which call. Requests go on under ids of the channel's own, so
 * that clients that share it (2026-07-28 has no sessions) never meet; so do the tokens of their progress.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JsonObject } from '@countersign/verifier'
import { CODES, failed, type Id, type Message, objectIn, type Unreadable } from '../message/json-rpc.ts'
import { createExchange, type Exchange, openEvents } from './http-exchange.ts'
import type { Channel, OpenChannel, Receiver } from './message-channel.ts'
import type { Unread } from './unread.ts'

export interface HttpSession {
  readonly open: OpenChannel
  /** Takes a message that a client posted. */
  readonly take: (message: Message, response: ServerResponse) => void
  /** A client posted what is no message, and was told so. */
  readonly refused: (fault: Unreadable) => void
  /** The stream on which the server sends by itself. */
  readonly listen: (request: IncomingMessage, response: ServerResponse) => void
  /** How long no request and no stream was open: 0 while one is. */
  readonly idleMs: () => number
  readonly close: () => void
}

export interface HttpSessionOptions {
  /** Many clients share it, each call stands by itself, and ends when its client is gone. */
  readonly isShared: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly unread: Unread
}

export function createHttpSession({ isShared, headers, unread }: HttpSessionOptions): HttpSession {
  const exchanges = new Map<Id | null, Exchange>()
  let lastId = 0
  let receiver: Receiver | undefined
  let standing: ((message: Message) => void) | undefined
  let isOpen = true
  let usedAt = performance.now()

  const isInUse = () => exchanges.size > 0 || standing !== undefined

  const channel: Channel = {
    send(message, about) {
      if (message.kind === 'answer') return answer(message)
      const exchange = exchangeFor(message, about)
      if (exchange) return exchange.tell(restored(message, exchange))
      standing?.(message)
    },
    close() {
      if (!isOpen) return
      isOpen = false
      for (const id of exchanges.keys())
        answer({ kind: 'answer', id, outcome: failed(CODES.internal, 'The session ended.') })
      receiver?.ended('The session ended.')
    },
  }

  function answer(message: Extract<Message, { kind: 'answer' }>): void {
    const exchange = exchanges.get(message.id)
    exchanges.delete(message.id)
    usedAt = performance.now()
    exchange?.answer({ ...message, id: exchange.id })
  }

  function exchangeFor(message: Message, about: Id | undefined): Exchange | undefined {
    if (message.kind === 'notification' && message.method === 'notifications/progress')
      return exchanges.get(asId(message.params['progressToken']))
    const subscription = subscriptionOf(message)
    if (subscription !== undefined) return exchanges.get(subscription)
    return about === undefined ? undefined : exchanges.get(about)
  }

  function begin(message: Extract<Message, { kind: 'request' }>, response: ServerResponse) {
    const isTwice = !isShared && [...exchanges.values()].some(({ id }) => id === message.id)
    const { progressToken } = objectIn(message.params, '_meta')
    const described = {
      id: message.id,
      progressToken: progressToken === undefined ? undefined : asId(progressToken),
      hasStatus: isShared,
    }
    const exchange = createExchange(response, described, () => headers, unread)
    if (isTwice) {
      const outcome = failed(CODES.invalidRequest, 'A request with this id is under way. Nothing was done.')
      return exchange.answer({ kind: 'answer', id: message.id, outcome })
    }
    const own = ++lastId
    exchanges.set(own, exchange)
    response.once('close', () => leave(own))
    receiver?.received({ ...message, id: own, params: withToken(message.params, own, described.progressToken) })
  }

  /**
   * A client cancels a request of its own, under the channel's id. Those that share the channel say so by ending the
   * stream: which of them sent this is not known.
   */
  function withOwnId(message: Extract<Message, { kind: 'notification' }>): Message | undefined {
    if (message.method !== 'notifications/cancelled') return message
    const { requestId } = message.params
    const own = isShared ? undefined : [...exchanges].find(([, { id }]) => id === requestId)?.[0]
    return own === undefined || own === null ? undefined : { ...message, params: { ...message.params, requestId: own } }
  }

  /** The client of a call is gone before its answer. */
  function leave(own: Id): void {
    const wasWaiting = exchanges.delete(own)
    usedAt = performance.now()
    if (!wasWaiting || !isShared) return
    receiver?.received({ kind: 'notification', method: 'notifications/cancelled', params: { requestId: own } })
  }

  return {
    open(given) {
      receiver = given
      return channel
    },
    take(message, response) {
      usedAt = performance.now()
      if (message.kind === 'request') return begin(message, response)
      response.writeHead(202).end()
      const own = message.kind === 'notification' ? withOwnId(message) : message
      if (own) receiver?.received(own)
    },
    refused: (fault) => receiver?.unreadable(fault),
    listen(request, response) {
      const send = openEvents(response, unread)
      standing = send
      request.once('close', () => {
        usedAt = performance.now()
        if (standing === send) standing = undefined
      })
    },
    idleMs: () => (isInUse() ? 0 : performance.now() - usedAt),
    close: channel.close,
  }
}

const asId = (value: unknown): Id => (typeof value === 'number' ? value : String(value))

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId'

function subscriptionOf(message: Message): Id | undefined {
  if (message.kind !== 'notification') return undefined
  const { [SUBSCRIPTION]: id } = objectIn(message.params, '_meta')
  return id === undefined ? undefined : asId(id)
}

const withToken = (params: JsonObject, own: Id, token: Id | undefined): JsonObject =>
  token === undefined ? params : { ...params, _meta: { ...objectIn(params, '_meta'), progressToken: own } }

/** With the client's own token and id in place of the channel's. */
function restored(message: Message, { id, progressToken }: Exchange): Message {
  if (message.kind !== 'notification') return message
  if (message.method === 'notifications/progress' && progressToken !== undefined)
    return { ...message, params: { ...message.params, progressToken } }
  if (subscriptionOf(message) === undefined) return message
  return {
    ...message,
    params: { ...message.params, _meta: { ...objectIn(message.params, '_meta'), [SUBSCRIPTION]: id } },
  }
}
