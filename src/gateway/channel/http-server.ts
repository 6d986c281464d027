/**
 * Serves clients on Streamable HTTP. A client says which agent it is with that agent's credential, on every call. Pages
 * of other origins are turned away, and so is a name that merely resolves to this machine.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  CODES,
  failed,
  type Id,
  type Message,
  notUtf8,
  type Outcome,
  readMessage,
  Unreadable,
  writeMessage,
} from '../message/json-rpc.ts'
import { FIRST_VERSION } from '../message/protocol.ts'
import { sendJson } from './http-exchange.ts'
import { createHttpSession, type HttpSession } from './http-session.ts'
import type { OpenChannel } from './message-channel.ts'
import { createPartialMessage } from './partial-message.ts'
import type { Room } from './room.ts'
import { faultOf, isStateless, statusOf } from './stateless-headers.ts'
import { createUnread } from './unread.ts'
import { createUtf8 } from './utf8.ts'

export interface HttpOptions {
  readonly host: string
  readonly port: number
  /** Origins of pages that may call. */
  readonly origins: readonly string[]
  /** The ids of agents, by the SHA-256 of their credentials in base64url. */
  readonly agents: ReadonlyMap<string, string>
  /** The refusal of an agent that may not act; asked before a session is kept for it. */
  readonly check: (agent: string) => Promise<Outcome | undefined>
  /** For the calls of an agent that have come in part. */
  readonly roomOf: (agent: string) => Room
  readonly open: (agent: string, channel: OpenChannel, ended: () => void) => void
  /** That each session may start. */
  readonly processes?: number
  readonly maxIdleMs?: number
}

export interface HttpGateway {
  readonly url: string
  readonly close: () => Promise<void>
}

/** Each agent has an equal share, so that none takes those of another. */
const MAX_SESSIONS = 256
const LEAST_SESSIONS = 8
/** Of servers, of all sessions. */
const MAX_PROCESSES = 256
/** A session that nobody has used for so long ends: its servers end with it. */
const MAX_IDLE_MS = 30 * 60_000
const LOOK_MS = 1000
const PATH = '/mcp'
const METHODS: readonly string[] = ['POST', 'GET', 'DELETE']

interface Kept {
  readonly agent: string
  readonly isShared: boolean
  readonly session: HttpSession
}

export const hashCredential = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

export async function serveHttp(options: HttpOptions): Promise<HttpGateway> {
  const sessions = new Map<string, Kept>()
  const { processes = 0, maxIdleMs = MAX_IDLE_MS } = options
  const most = Math.floor(Math.min(MAX_SESSIONS, MAX_PROCESSES / processes))
  const share = Math.max(LEAST_SESSIONS, Math.floor(most / options.agents.size))
  const unreadOf = new Map([...options.agents.values()].map((agent) => [agent, createUnread()]))
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => refuse(response, error))
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const agent = callerOf(request, options)
    if (!METHODS.includes(request.method ?? '')) throw new Refused(405, 'Call with POST, GET or DELETE.')
    if (request.method === 'POST') return post(agent, await readMessageOf(agent, request), request, response)
    checkVersion(request)
    const { session } = sessionOf(sessions, agent, request)
    if (request.method === 'GET') {
      if (!accepts(request, 'text', 'event-stream')) throw new Refused(406, 'Accept text/event-stream.')
      return session.listen(request, response)
    }
    session.close()
    response.writeHead(204).end()
  }

  async function readMessageOf(agent: string, request: IncomingMessage): Promise<Message> {
    try {
      return await readBody(request, options.roomOf(agent))
    } catch (error) {
      // Who waits for this answer waits no longer.
      if (error instanceof Unreadable && error.meant.answers.length > 0)
        sessionOf(sessions, agent, request).session.refused(error)
      throw error
    }
  }

  async function post(agent: string, message: Message, request: IncomingMessage, response: ServerResponse) {
    const isAlone = checkStateless(message, request)
    if (!isAlone) checkVersion(request, idOf(message))
    if (!isAlone && !isInitialize(message)) return sessionOf(sessions, agent, request).session.take(message, response)
    const known = isAlone ? sessions.get(sharedId(agent))?.session : undefined
    const refusal = known ? undefined : await options.check(agent)
    if (refusal) return refuseAgent(message, refusal, isAlone, response)
    const session = known ?? (isAlone ? shared(agent) : begin(agent))
    session.take(message, response)
  }

  function begin(agent: string): HttpSession {
    const id = randomBytes(24).toString('base64url')
    return keep(id, agent, false, { 'mcp-session-id': id })
  }

  /** One for all calls of an agent that stand by themselves. */
  const shared = (agent: string): HttpSession =>
    sessions.get(sharedId(agent))?.session ?? keep(sharedId(agent), agent, true, {})

  function keep(id: string, agent: string, isShared: boolean, headers: Readonly<Record<string, string>>): HttpSession {
    const own = [...sessions.values()].filter((one) => one.agent === agent && !one.isShared)
    if (!isShared && own.length >= share) endIdle(own, 'Too many sessions of this agent are open.')
    else if (sessions.size * processes + processes > MAX_PROCESSES)
      endIdle(own, 'The gateway runs as many servers as it may.')
    const session = createHttpSession({ isShared, headers, unread: unreadOf.get(agent) ?? createUnread() })
    sessions.set(id, { agent, isShared, session })
    options.open(agent, session.open, () => sessions.delete(id))
    return session
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const endUnused = () => {
    for (const { session } of sessions.values()) if (session.idleMs() > maxIdleMs) session.close()
  }
  const timer = setInterval(endUnused, LOOK_MS).unref()
  server.once('close', () => clearInterval(timer))
  return { url: urlOf(server, options.host), close: () => closeAll(server, sessions) }
}

/** Makes room for another session of the agent. */
function endIdle(sessions: readonly Kept[], why: string): void {
  const idle = sessions.find(({ session }) => session.idleMs() > 0)
  if (!idle) throw new Refused(503, `${why} Close a session, or try again later.`)
  idle.session.close()
}

/** No id of a session has a space. */
const sharedId = (agent: string): string => `shared ${agent}`

const isInitialize = (message: Message): boolean => message.kind === 'request' && message.method === 'initialize'

/** Nothing is kept for it. */
function refuseAgent(message: Message, outcome: Outcome, hasStatus: boolean, response: ServerResponse): void {
  if (message.kind !== 'request') return void response.writeHead(202).end()
  const answer = { kind: 'answer', id: message.id, outcome } as const
  sendJson(response, hasStatus ? statusOf(answer) : 200, writeMessage(answer))
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}${PATH}`
}

async function closeAll(server: Server, sessions: ReadonlyMap<string, Kept>): Promise<void> {
  for (const { session } of sessions.values()) session.close()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}

class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  readonly code: number
  readonly id: Id | null

  constructor(status: number, message: string, code: number = CODES.invalidRequest, id: Id | null = null) {
    super(message)
    this.status = status
    this.code = code
    this.id = id
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy()
  if (error instanceof Unreadable) return void sendJson(response, statusOfFault(error), refusalsOf(error))
  const known = error instanceof Refused ? error : new Refused(500, 'The gateway failed.', CODES.internal)
  const { status, code, message, id } = known
  sendJson(response, status, refusalOf(id, code, message), HEADERS[status])
}

const HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'Bearer' },
  405: { allow: METHODS.join(', ') },
}

/** What is too much by itself, or with others that are under way. */
const statusOfFault = ({ isTooMuch, code }: Unreadable): number =>
  isTooMuch ? (code === CODES.internal ? 503 : 413) : 400

const refusalOf = (id: Id | null, code: number, message: string): string =>
  writeMessage({ kind: 'answer', id, outcome: failed(code, message) })

/** An error for each request of a batch, or one for the whole. */
function refusalsOf(fault: Unreadable): string {
  const [first, ...others] = fault.refusals().map(writeMessage)
  if (first === undefined) return refusalOf(null, fault.code, fault.message)
  return fault.meant.isBatch && fault.meant.requests.length > 0 ? `[${[first, ...others].join()}]` : first
}

/** The agent that calls. */
function callerOf({ headers, url = '' }: IncomingMessage, { agents, origins, host }: HttpOptions): string {
  if (url.split('?')[0] !== PATH) throw new Refused(404, `There is nothing here. The gateway is at ${PATH}.`)
  if (headers.origin !== undefined && !origins.includes(headers.origin))
    throw new Refused(403, 'Pages of this origin may not call.')
  if (isLoopback(host) && !isLoopback(hostIn(headers.host))) throw new Refused(403, 'This host name is not served.')
  const secret = /^bearer ([\x21-\x7e]{1,256})$/i.exec(headers.authorization ?? '')?.[1]
  const agent = secret === undefined ? undefined : agents.get(hashCredential(secret))
  if (agent === undefined) throw new Refused(401, 'Send the credential of an agent as Authorization: Bearer.')
  return agent
}

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(host)
const hostIn = (header = ''): string => header.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')

/** A body that is too much is read to its end as well: a client that still sends would not see the answer. */
async function readBody(request: IncomingMessage, room: Room): Promise<Message> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new Refused(415, 'Send application/json.')
  if (encoding.toLowerCase() !== 'identity') throw new Refused(415, 'Send the body as it is, without Content-Encoding.')
  if (!accepts(request, 'application', 'json') || !accepts(request, 'text', 'event-stream'))
    throw new Refused(406, 'Accept application/json and text/event-stream.')
  const partial = createPartialMessage(room)
  const utf8 = createUtf8()
  try {
    for await (const part of request) partial.add(utf8.decode(part))
    const { rest, isValid } = utf8.end()
    partial.add(rest)
    const text = partial.end()
    if (typeof text !== 'string') throw text
    if (!isValid) throw notUtf8(text)
    return readMessage(text)
  } finally {
    partial.end()
  }
}

const accepts = ({ headers: { accept = '' } }: IncomingMessage, type: string, subtype: string): boolean =>
  [`${type}/${subtype}`, `${type}/*`, '*/*'].some((range) => accept.toLowerCase().includes(range))

function sessionOf(sessions: ReadonlyMap<string, Kept>, agent: string, { headers }: IncomingMessage): Kept {
  const id = headers['mcp-session-id']
  if (typeof id !== 'string') throw new Refused(400, 'Send Mcp-Session-Id, or initialize first.')
  const kept = sessions.get(id)
  // A session of another agent is no session.
  if (!kept || kept.agent !== agent || kept.isShared)
    throw new Refused(404, 'There is no such session. Initialize again.')
  return kept
}

/** The header alone. Which versions there are is for the servers to say, and so is what they answer to one in a body. */
function checkVersion({ headers: { 'mcp-protocol-version': version } }: IncomingMessage, id?: Id | null): void {
  if (version === undefined || (/^\d{4}-\d{2}-\d{2}$/.test(String(version)) && String(version) >= FIRST_VERSION)) return
  throw new Refused(400, 'MCP-Protocol-Version is no version of the protocol.', undefined, id)
}

const idOf = (message: Message): Id | null => (message.kind === 'request' ? message.id : null)

/** Of 2026-07-28: the headers repeat what the body says, and have to agree with it. */
function checkStateless(message: Message, { headers }: IncomingMessage): boolean {
  if (!isStateless(message, headers)) return false
  const fault = faultOf(message, headers)
  if (fault) throw new Refused(400, fault.message, fault.code, idOf(message))
  return true
}
