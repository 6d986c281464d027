/**
 * An authorization server that exchanges tokens (RFC 8693), and an MCP server behind HTTP that takes each of its tokens
 * once: what a server does that wants one for each message.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export const SUBJECT = 'subject-of-the-agent'
export const ACTOR = 'actor-of-the-gateway'
/** Scope of the messages that call no tool. */
export const REST = 'tickets:read'
export const CLIENT_SECRET = 'secret: 100% ours'

export interface Exchange {
  readonly authorization: string | undefined
  readonly form: Readonly<Record<string, string>>
}

type Answer = (response: ServerResponse, issued: Readonly<Record<string, unknown>>) => void

export interface TokenWorld {
  readonly tokenEndpoint: string
  readonly url: string
  readonly exchanges: Exchange[]
  /** Each message that the MCP server took, with the token that it came with. */
  readonly served: { readonly method: string; readonly tool: string | undefined; readonly token: string }[]
  /** How the authorization server answers for calls of tools from now on, and for the rest; by default as the RFC says. */
  answer: Answer
  answerRest: Answer
  readonly stop: () => void
}

export const json = (response: ServerResponse, body: unknown, status = 200) =>
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body))

export const asTheRfcSays: Answer = (response, issued) => json(response, issued)

/** RFC 6749, 2.3.1. */
const BASIC = `Basic ${Buffer.from(`gateway:${new URLSearchParams({ _: CLIENT_SECRET }).toString().slice(2)}`).toString('base64')}`

export async function startTokenWorld(): Promise<TokenWorld> {
  const [exchanges, served, valid]: [Exchange[], TokenWorld['served'], Set<string>] = [[], [], new Set()]

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = Object.fromEntries(new URLSearchParams(await text(request)))
    const { authorization } = request.headers
    exchanges.push({ authorization, form })
    if (authorization !== BASIC) return void json(response, { error: 'invalid_client' }, 401)
    if (form['subject_token'] !== SUBJECT) return void json(response, { error: 'invalid_request' }, 400)
    const token = `exchanged-${exchanges.length}`
    valid.add(token)
    const type = 'urn:ietf:params:oauth:token-type:access_token'
    const { scope } = form
    const answer = scope === REST ? world.answerRest : world.answer
    answer(response, { access_token: token, issued_token_type: type, token_type: 'Bearer', expires_in: 60, scope })
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const token = request.headers.authorization?.replace('Bearer ', '') ?? ''
    if (!valid.delete(token)) return void response.writeHead(401).end()
    if (request.method !== 'POST') return void response.writeHead(405).end()
    const { id, method, params } = JSON.parse(body)
    served.push({ method, tool: method === 'tools/call' ? params.name : undefined, token })
    if (id === undefined) response.writeHead(202).end()
    else json(response, { jsonrpc: '2.0', id, result: resultOf(method, params) })
  }

  const start = async (handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>) => {
    const server = createServer((request, response) => void handle(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { server, port: (server.address() as AddressInfo).port }
  }
  const [authorization, tickets] = await Promise.all([start(exchange), start(serve)])
  const world: TokenWorld = {
    tokenEndpoint: `http://127.0.0.1:${authorization.port}/token`,
    url: `http://127.0.0.1:${tickets.port}/mcp`,
    exchanges,
    served,
    answer: asTheRfcSays,
    answerRest: asTheRfcSays,
    stop() {
      for (const { server } of [authorization, tickets]) {
        server.close()
        server.closeAllConnections()
      }
    },
  }
  return world
}

function resultOf(method: string, { protocolVersion, name }: { protocolVersion?: string; name?: string }): object {
  if (method === 'initialize')
    return { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'tickets', version: '1' } }
  if (method === 'tools/list')
    return { tools: ['list', 'close'].map((tool) => ({ name: tool, inputSchema: { type: 'object' } })) }
  return { content: [{ type: 'text', text: `${name} done` }] }
}
