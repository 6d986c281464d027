/**
 * One call to the upstream, and its answer passed on.
 *
 * Sends what is sealed and the proxy's own headers, and nothing of the client's. Retries nothing. Hop-by-hop headers and
 * trailers of the answer stay behind. RFC 9110 section 7.6.1.
 */
import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import { request as requestHttps, Agent as SecureAgent } from 'node:https'
import { finished } from 'node:stream/promises'
import { OutcomeUnknown } from '@countersign/verifier'
import { answerTo } from './answer-head.ts'
import type { SealedRequest } from './sealed-call.ts'
import { createTimeBudget, type TimeBudget } from './time-budget.ts'

export interface Upstream {
  /** Scheme, host and port. */
  readonly origin: string
  readonly agent: Agent
  /** The proxy's own, such as the upstream's credential. */
  readonly headers: Readonly<Record<string, string>>
  /** For the whole answer, without the time for which the client holds it up: the client has as much of its own. */
  readonly timeoutMs: number
}

/** The upstream gave no whole answer: whether the call ran there is unknown. */
export class UpstreamLost extends OutcomeUnknown {
  override readonly name = 'UpstreamLost'
}

/** The upstream answered, and that was passed on: with a status that says that the call failed. */
export class UpstreamRefused extends Error {
  constructor(status: number) {
    super(`The upstream answered ${status}.`)
    this.name = `Http${status}`
  }
}

/** Headers of one connection, which say nothing to the next. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** Less than any server keeps an idle connection: an approved call would be lost on one that is being closed. */
const IDLE_MS = 1000

/** Connections to one upstream. */
export const agentFor = (origin: string): Agent =>
  new (origin.startsWith('https:') ? SecureAgent : Agent)({ keepAlive: true, timeout: IDLE_MS })

/** Longest time that a client may hold up the upstream at once. Servers give up a connection after some thirty seconds. */
const MAX_PAUSE_MS = 10_000

/**
 * Calls the upstream and passes its answer on. Resolves with the status when the answer is at its end. That depends on
 * the upstream alone: a client that goes away or does not read gets no answer, and changes nothing. Throws
 * `UpstreamLost`, and `UpstreamRefused` for a status from 400.
 */
export async function passOn(
  upstream: Upstream,
  call: SealedRequest,
  response: ServerResponse,
  stopped?: AbortSignal,
): Promise<number> {
  const sent = send(upstream, call)
  const end = () => sent.destroy(new Error('It was stopped, or took too long.'))
  const time = createTimeBudget(upstream.timeoutMs, end)
  time.start()
  stopped?.addEventListener('abort', end)
  let status: number
  try {
    const answer = await answerTo(sent)
    status = answer.statusCode ?? 0
    await relay(answer, response, time, upstream.timeoutMs)
  } catch (cause) {
    sent.destroy()
    throw new UpstreamLost('The upstream gave no whole answer. Whether the call ran there is unknown.', { cause })
  } finally {
    time.stop()
    stopped?.removeEventListener('abort', end)
  }
  if (status >= 400) throw new UpstreamRefused(status)
  return status
}

function send({ origin, headers, agent }: Upstream, call: SealedRequest): ClientRequest {
  const { protocol, hostname, port } = new URL(origin)
  const length = call.body?.length ?? (['GET', 'HEAD'].includes(call.method) ? undefined : 0)
  const sent = (protocol === 'https:' ? requestHttps : requestHttp)({
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port,
    method: call.method,
    path: call.target,
    headers: { ...call.headers, ...headers, ...(length !== undefined && { 'content-length': length }) },
    agent,
  })
  // What goes wrong after the head of the answer shows in the answer.
  sent.on('error', () => {})
  return sent.end(call.body)
}

/** Resolves when the upstream has ended the answer, and rejects when that breaks off. */
async function relay(
  answer: IncomingMessage,
  response: ServerResponse,
  time: TimeBudget,
  clientTimeMs: number,
): Promise<void> {
  const clientTime = createTimeBudget(clientTimeMs, () => response.destroy(), Math.min(MAX_PAUSE_MS, clientTimeMs))
  const goOn = () => {
    clientTime.stop()
    time.start()
    answer.resume()
  }
  response.on('drain', goOn).on('close', goOn)
  answer.on('data', (part: Buffer) => {
    // To a client that is gone nothing is written, and the answer is read to its end.
    if (response.destroyed || response.write(part)) return
    answer.pause()
    time.stop()
    clientTime.start()
  })
  try {
    if (!response.destroyed) response.writeHead(answer.statusCode ?? 0, headersOf(answer))
    await finished(answer, { writable: false })
    response.end()
  } catch (error) {
    // A part of an answer must not pass for the whole.
    response.destroy()
    throw error
  } finally {
    clientTime.stop()
    response.off('drain', goOn).off('close', goOn)
  }
}

function headersOf({ rawHeaders, headers }: IncomingMessage): string[] {
  const named = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/)
  const stay = new Set([...HOP_BY_HOP, ...named])
  return rawHeaders.filter((_, at) => !stay.has((rawHeaders[at - (at % 2)] ?? '').toLowerCase()))
}
