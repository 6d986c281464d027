/**
 * One call to the upstream, and its answer passed on.
 *
 * Sends what is sealed and the proxy's own headers, and nothing of the client's. Retries nothing. Hop-by-hop headers and
 * trailers of the answer stay behind. RFC 9110 section 7.6.1.
 */
import { once } from 'node:events'
import { type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { SealedRequest } from './sealed-call.ts'

export interface Upstream {
  /** Scheme, host and port. */
  readonly origin: string
  /** The proxy's own, such as the upstream's credential. */
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** The upstream gave no whole answer: whether the call ran there is unknown. */
export class UpstreamLost extends Error {
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
  const deadline = AbortSignal.timeout(upstream.timeoutMs)
  const signal = stopped ? AbortSignal.any([stopped, deadline]) : deadline
  let status: number
  try {
    const answer = await send(upstream, call, signal)
    status = answer.statusCode ?? 502
    await relay(answer, response)
  } catch (cause) {
    throw new UpstreamLost('The upstream gave no whole answer. Whether the call ran there is unknown.', { cause })
  }
  if (status >= 400) throw new UpstreamRefused(status)
  return status
}

async function send(upstream: Upstream, call: SealedRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { protocol, hostname, port } = new URL(upstream.origin)
  const length = call.body?.length ?? (['GET', 'HEAD'].includes(call.method) ? undefined : 0)
  const sent = (protocol === 'https:' ? requestHttps : requestHttp)({
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port,
    method: call.method,
    path: call.target,
    headers: { ...call.headers, ...upstream.headers, ...(length !== undefined && { 'content-length': length }) },
    // A connection that was idle may be closing: an approved call would be lost on it.
    agent: false,
    signal,
  })
  // What goes wrong after the head of the answer shows in the answer.
  sent.on('error', () => {})
  sent.end(call.body)
  const [answer] = await once(sent, 'response')
  return answer
}

async function relay(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  // What follows the head may break off: the client must not take it for the whole.
  answer.once('error', () => response.destroy())
  if (!response.destroyed) response.writeHead(answer.statusCode ?? 502, headersOf(answer))
  for await (const chunk of answer) {
    if (response.destroyed || response.write(chunk)) continue
    await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
  response.end()
}

function headersOf({ rawHeaders, headers }: IncomingMessage): string[] {
  const named = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/)
  const stay = new Set([...HOP_BY_HOP, ...named])
  return rawHeaders.filter((_, at) => !stay.has((rawHeaders[at - (at % 2)] ?? '').toLowerCase()))
}
