/**
 * One call to the upstream, and its answer passed on.
 *
 * Sends what is sealed and the proxy's own headers, and nothing of the client's. Retries nothing. Hop-by-hop headers and
 * trailers of the answer stay behind. RFC 9110 section 7.6.1.
 */
import { once } from 'node:events'
import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import { request as requestHttps, Agent as SecureAgent } from 'node:https'
import { OutcomeUnknown } from '@countersign/verifier'
import type { SealedRequest } from './sealed-call.ts'

export interface Upstream {
  /** Scheme, host and port. */
  readonly origin: string
  readonly agent: Agent
  /** The proxy's own, such as the upstream's credential. */
  readonly headers: Readonly<Record<string, string>>
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

/**
 * Calls the upstream and passes its answer on. Resolves with the status when the answer is at its end, also where the
 * client went away meanwhile. Throws `UpstreamLost`, and `UpstreamRefused` for a status from 400.
 */
export async function passOn(
  upstream: Upstream,
  call: SealedRequest,
  response: ServerResponse,
  stopped?: AbortSignal,
): Promise<number> {
  const sent = send(upstream, call)
  const end = () => sent.destroy(new Error('It was stopped, or took too long.'))
  const timer = setTimeout(end, upstream.timeoutMs)
  stopped?.addEventListener('abort', end)
  let status: number
  try {
    const [answer] = await once(sent, 'response')
    status = answer.statusCode
    await relay(answer, response)
  } catch (cause) {
    throw new UpstreamLost('The upstream gave no whole answer. Whether the call ran there is unknown.', { cause })
  } finally {
    clearTimeout(timer)
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

function relay(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    answer.once('end', resolve)
    answer.once('error', (error) => {
      // A part of an answer must not pass for the whole.
      response.destroy()
      reject(error)
    })
    // A client that goes away changes nothing: the call is made, and its end is to be known.
    response.once('close', () => answer.resume())
    if (!response.destroyed) response.writeHead(answer.statusCode ?? 502, headersOf(answer))
    answer.pipe(response)
  })
}

function headersOf({ rawHeaders, headers }: IncomingMessage): string[] {
  const named = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/)
  const stay = new Set([...HOP_BY_HOP, ...named])
  return rawHeaders.filter((_, at) => !stay.has((rawHeaders[at - (at % 2)] ?? '').toLowerCase()))
}
