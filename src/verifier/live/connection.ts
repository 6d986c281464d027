/**
 * One connection to the authority's stream of events, from its request to its end.
 *
 * The age of news needs no wall clock of the authority: the stream was accepted after it was asked for, and the steady
 * clock in it says how long after that each state was read. A proxy that buffers, a process that was paused or a wrong
 * clock can only make news look older than it is. SPEC 9.
 */
import type { Moment } from '../authority/status.ts'
import type { Bytes } from '../data/bytes.ts'
import { type JsonValue, parseJson } from '../data/json.ts'
import { integer, openObject, text } from '../data/shape.ts'
import { ApprovalError } from '../errors/approval-error.ts'
import { insist } from '../errors/refuse.ts'
import type { Followed } from '../verify/live-port.ts'
import { createEventParser, type ServerEvent } from './event-stream.ts'
import type { Orders, Stopped } from './orders.ts'

/** The receiver of a connection's news. */
export type Listener = {
  readonly orders: Orders
  /** Every order of the authority up to that instant is known, and the instant is recent. */
  readonly heard: (at: Moment) => void
  readonly stopped: (stopped: Stopped, connection: string) => void
  /** The event after which the next connection continues. */
  readonly passed: (eventId: string) => void
}

/** The authority sends a heartbeat each second: after this silence the connection counts as lost. */
const SILENCE_MS = 4000
const HELD_BACK = 'No event arrives on the stream. Does a proxy buffer it? Turn its buffering off.'

const readOpened = openObject({ up_ms: integer(), connection: text(64) })
const readHeartbeat = openObject({ up_ms: integer() })
const readStatus = openObject({ uri: text(2048), token: text(8_388_608) })

/** Follows one connection until the authority ends it, or `closing` fires. */
export async function follow(
  followed: Followed,
  listener: Listener,
  lastEventId: string,
  closing: AbortSignal,
): Promise<void> {
  const askedAt = followed.clock()
  const ending = new AbortController()
  let isSilent = false
  const end = () => ending.abort()
  const endSilent = () => {
    isSilent = true
    end()
  }
  closing.addEventListener('abort', end)
  let silence = setTimeout(endSilent, SILENCE_MS)
  try {
    const take = reader(followed, listener, askedAt)
    for await (const event of events(await connect(followed, lastEventId, ending.signal))) {
      clearTimeout(silence)
      await take(event)
      silence = setTimeout(endSilent, SILENCE_MS)
    }
  } catch (error) {
    throw isSilent ? new ApprovalError('authority_unreachable', { cause: HELD_BACK }) : error
  } finally {
    clearTimeout(silence)
    closing.removeEventListener('abort', end)
    end()
  }
}

async function connect({ issuer, credential, transport }: Followed, lastEventId: string, signal: AbortSignal) {
  const headers = {
    accept: 'text/event-stream',
    authorization: `Bearer ${credential}`,
    ...(lastEventId && { 'last-event-id': lastEventId }),
  }
  const { status, body } = await transport.fetch(`${issuer}/executor/events`, { headers, redirect: 'manual', signal })
  if (status === 200 && body !== null) return body
  await body?.cancel()
  throw new ApprovalError('authority_unreachable', { cause: status })
}

async function* events(body: ReadableStream<Bytes>): AsyncGenerator<ServerEvent> {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  const parse = createEventParser()
  const bytes = body.getReader()
  for (let next = await bytes.read(); !next.done; next = await bytes.read()) {
    yield* parse(utf8.decode(next.value, { stream: true }))
  }
}

/** Takes events in order: a heartbeat covers all events before it. */
function reader(followed: Followed, listener: Listener, askedAt: Moment): (event: ServerEvent) => Promise<void> {
  const { status, clock, inFlight, staleAfterSeconds } = followed
  const { orders } = listener
  const uris = new Set<string>()
  let opened = { up_ms: Infinity, connection: '' }

  const heartbeat = (value: JsonValue): void => {
    const laterMs = readHeartbeat(value, 'heartbeat').up_ms - opened.up_ms
    insist(laterMs >= 0, 'the order of events')
    // Both were rounded down.
    const laterSeconds = (laterMs - 1) / 1000
    const [set, steady] = clock()
    const at: Moment = [Math.min(set, askedAt[0] + laterSeconds), Math.min(steady, askedAt[1] + laterSeconds)]
    status.heard(uris, at)
    orders.heartbeat()
    // A connection that lags, or whose clock was set since it began, goes on doing so: another one may not.
    insist(Math.max(set - at[0], steady - at[1]) <= staleAfterSeconds, 'the age of the news')
    listener.heard(at)
  }
  const stop = (value: JsonValue): void => {
    const stopped = orders.stop(value, inFlight)
    if (stopped?.isHistory === false) listener.stopped(stopped, opened.connection)
  }
  const list = async (value: JsonValue): Promise<void> => {
    const { uri, token } = readStatus(value, 'status')
    await status.accept(uri, token)
    uris.add(uri)
  }

  return async ({ name, data, id }) => {
    if (name === 'opened') {
      opened = readOpened(parseJson(data), name)
      orders.began()
    }
    if (name === 'killswitch') orders.killswitch(parseJson(data))
    if (name === 'stop') stop(parseJson(data))
    if (name === 'status') await list(parseJson(data))
    if (name === 'heartbeat') heartbeat(parseJson(data))
    if (id) listener.passed(id)
  }
}
