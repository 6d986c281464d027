/** A proxy in front of an upstream that writes down what reaches it, and clients that send whatever bytes they like. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { newSalt, type Verifier } from '@countersign/verifier'
import type { ProxyRoute } from '../../src/proxy/proxy-routes.ts'
import { createProxy } from '../../src/proxy/proxy-server.ts'
import type { CallArguments } from '../../src/proxy/sealed-call.ts'
import type { World } from '../verifier/world.ts'

export interface Seen {
  readonly line: string
  readonly headers: readonly string[]
  readonly body: string
}

export const ROUTES: readonly ProxyRoute[] = [
  { methods: ['GET', 'HEAD'], path: '/*', headers: ['accept'] },
  { methods: ['POST'], path: '/posts', action: 'forum.post', headers: ['x-tenant'] },
  { methods: ['POST', 'DELETE'], path: '/threads/*', action: 'forum.change', headers: [] },
  { methods: ['PUT'], path: '/wiki/*', action: 'wiki.write', headers: [], state: 'http' },
]

export async function startGround(
  verifier: Verifier,
  answer: RequestListener = (_, response) => response.end('done'),
  timeoutMs = 20_000,
) {
  const seen: Seen[] = []
  const errors: unknown[] = []
  const upstream = createServer(async (request, response) => {
    const body = await textOf(request)
    seen.push({ line: `${request.method} ${request.url}`, headers: request.rawHeaders, body })
    answer(request, response)
  })
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const { port: behind } = upstream.address() as AddressInfo
  const proxy = createProxy({
    verifier,
    upstream: {
      origin: `http://127.0.0.1:${behind}`,
      headers: { authorization: 'Bearer upstream' },
      timeoutMs,
    },
    routes: ROUTES,
    onError: (error) => void errors.push(error),
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as AddressInfo
  return {
    seen,
    errors,
    origin: `http://127.0.0.1:${port}`,
    /** Sends these bytes and resolves with all that comes back until the connection ends. */
    raw: (bytes: string) => exchange(port, bytes),
    upstream,
    proxy,
    close: async () => {
      proxy.closeAllConnections()
      upstream.closeAllConnections()
      await Promise.all([proxy, upstream].map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes, 'latin1')
  let answer = ''
  socket.setEncoding('latin1').on('data', (text) => (answer += text))
  socket.on('error', () => {})
  await once(socket, 'close')
  return answer
}

/** A token for one call through the proxy. */
export const tokenFor = (world: World, name: string, args: CallArguments, state?: string, jkt?: string) =>
  world.mint({
    by: [[world.ada]],
    action: { name, resource: args.path, arguments: args, salt: SALT },
    edits: {
      ...(state !== undefined && { 'authorization_details.0.state': state }),
      ...(jkt !== undefined && { cnf: { jkt } }),
    },
  })

export const SALT = newSalt()
