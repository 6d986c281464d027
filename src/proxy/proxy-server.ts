/**
 * A reverse proxy for an executor that cannot embed the verifier: each call is an action, and goes on when a token
 * approves exactly this one.
 *
 * Method, path, query, body and the headers that a route names are the arguments. The request that the upstream gets is
 * made of the approved arguments alone. SPEC 7.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { ApprovalError, type Verifier } from '@countersign/verifier'
import { incomingOf, readCredentials, toProblem } from '@countersign/verifier/door'
import { httpState } from '@countersign/verifier/state'
import { endAfterRequest } from './end-after-request.ts'
import { readHead } from './incoming-head.ts'
import { type ProxyRoute, routeOf } from './proxy-routes.ts'
import { readStream, TooLong } from './read-stream.ts'
import { argumentsOf, type CallArguments, sealedRequest } from './sealed-call.ts'
import { agentFor, passOn, type Upstream, UpstreamLost, UpstreamRefused } from './upstream-call.ts'

export interface ProxyOptions {
  readonly verifier: Verifier
  readonly upstream: Omit<Upstream, 'agent'>
  readonly routes: readonly ProxyRoute[]
  readonly onError: (error: unknown) => void
}

/** Most bytes of a body: a longer one is no argument of an action. */
const MAX_BODY_BYTES = 65_536
const LIMITS = { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 32_768 } as const
const MAX_CONNECTIONS = 1000

interface Proxy extends ProxyOptions {
  readonly upstream: Upstream
  /** Connections with a request that is not answered yet. */
  readonly busy: WeakSet<Socket>
}

/** Makes the server. It listens where it is told to. */
export function createProxy(options: ProxyOptions): Server {
  const { upstream } = options
  const proxy: Proxy = { ...options, upstream: { ...upstream, agent: agentFor(upstream.origin) }, busy: new WeakSet() }
  const serveOne = (request: IncomingMessage, response: ServerResponse) => void serve(proxy, request, response)
  const server = createServer({ ...LIMITS, insecureHTTPParser: false, requireHostHeader: true }, serveOne)
  server.maxConnections = MAX_CONNECTIONS
  server.on('checkContinue', serveOne)
  return server
}

async function serve(proxy: Proxy, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { busy } = proxy
  const { socket } = request
  try {
    // The answer to the request before may end the connection.
    if (busy.has(socket)) throw invalid('Send a request when the one before is answered.')
    busy.add(socket)
    response.once('close', () => busy.delete(socket))
    await answer(proxy, request, response)
  } catch (error) {
    refuse(proxy, error, request, response)
  }
}

async function answer(proxy: Proxy, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const head = readHead(request)
  const route = routeOf(proxy.routes, head)
  const { method, url = '', rawHeaders } = request
  const options = readCredentials(incomingOf({ method: method ?? '', url, rawHeaders }), {})
  // Nobody waits for the challenge that the body would be read for.
  const isHopeless = options.token === undefined && !options.acceptsChallenge
  if (route.action !== undefined && isHopeless) throw new ApprovalError('token_missing')
  const args = argumentsOf(head, await readBody(request, response), route.headers)
  if (route.action === undefined) return void (await passOn(proxy.upstream, sealedRequest(args), response))
  await guardOf(proxy, route, route.action, response)(args, options)
}

const guardOf = ({ verifier, upstream }: Proxy, route: ProxyRoute, action: string, response: ServerResponse) =>
  verifier.guard<CallArguments, number>(action, {
    resource: ({ path }) => path,
    run: (args, { signal, approval, state }) =>
      passOn(upstream, withFacts(sealedRequest(args), approval.request, state), response, signal),
    result: (status) => ({ summary: `The upstream answered ${status}.`, changes: [] }),
    ...(route.state && { state: ({ path }: CallArguments) => stateOf(upstream, path) }),
  })

/** Entity tags are compared by the upstream once more, so that nothing slips between. */
const withFacts = (call: ReturnType<typeof sealedRequest>, request: string, state: string | undefined) => ({
  ...call,
  headers: { ...call.headers, 'countersign-request': request, ...(state?.startsWith('"') && { 'if-match': state }) },
})

const stateOf = ({ origin, headers, timeoutMs }: Upstream, path: string): Promise<string> =>
  httpState(origin + path, { headers, timeoutMs })

async function readBody(request: IncomingMessage, response: ServerResponse): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge()
  if (request.headers.expect !== undefined) response.writeContinue()
  const body = await readStream(request, MAX_BODY_BYTES).catch((error) => {
    throw error instanceof TooLong ? tooLarge() : error
  })
  if (request.rawTrailers.length > 0) throw invalid('Trailers cannot be approved.')
  return body
}

const tooLarge = () => invalid('The body is larger than 64 KiB. Send less.', 413)

const invalid = (message: string, status = 400) => new ApprovalError('invalid_request', { message, status })

/** A refusal ends the connection: nothing that was left unread can pass for another request. */
function refuse({ onError }: Proxy, error: unknown, request: IncomingMessage, response: ServerResponse): void {
  if (error instanceof UpstreamRefused) return
  if (!(error instanceof ApprovalError)) onError(error)
  if (response.headersSent) return void response.destroy()
  const { status, headers, body } = problemOf(error)
  endAfterRequest(request, response, { status, headers, body: JSON.stringify(body) })
}

function problemOf(error: unknown) {
  if (error instanceof ApprovalError) return toProblem(error)
  const isLost = error instanceof UpstreamLost
  const [status, title] = isLost ? [502, 'Bad Gateway'] : [500, 'Internal Server Error']
  const detail = isLost ? error.message : 'The operator of this proxy finds the cause in its log.'
  const headers = { 'cache-control': 'no-store', 'content-type': 'application/problem+json' }
  return { status, headers, body: { type: 'about:blank', title, status, detail } }
}
