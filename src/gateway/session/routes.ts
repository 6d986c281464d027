/**
 * Where the requests of a client go: through the gate, to the one server that they name, or to all of them. What comes
 * back is screened.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { Problem } from '../../client/client.ts'
import type { GatewayAgent } from '../gate/gateway-agent.ts'
import { refusedRequest, refusedUnknown } from '../gate/refused-call.ts'
import { asError } from '../gate/refused-result.ts'
import { WITHDRAW_REQUEST } from '../gate/take-back.ts'
import { CallRefused, type ClientClaims, type ToolCall } from '../gate/tool-call.ts'
import { CODES, failed, type Outcome, objectIn, textIn } from '../message/json-rpc.ts'
import { isJudged } from '../message/methods.ts'
import { unsent } from '../message/unsure.ts'
import { methodPin } from '../upstream/method-entry.ts'
import { actionName, effectOfTool, type Tool } from '../upstream/tool-entry.ts'
import type { Upstream } from '../upstream/upstream.ts'
import {
  ACCESS_TOOLS,
  askedCall,
  GET_REQUEST_STATUS,
  REQUEST_ACCESS,
  requestStatus,
  withdrawRequest,
} from './access-tools.ts'
import { createCallCredential } from './call-credential.ts'
import { callPreview } from './call-preview.ts'
import { claimsOf, isStateless, modelOf } from './client-claims.ts'
import type { ClientRequest } from './client-request.ts'
import type { ConfiguredUpstream, GatewayDeps } from './gateway-deps.ts'
import { besideCall, unknownMember } from './known-members.ts'
import { nextPage, pageOf } from './list-pages.ts'
import { createManyServers, type Directed } from './many-servers.ts'
import { mergeDiscovery, mergeInitialize } from './merge-servers.ts'
import { methodCall } from './method-call.ts'
import { createOwnTasks } from './own-tasks.ts'
import { createServerScreen } from './server-screen.ts'
import { eraOf, type SessionTools } from './session-tools.ts'
import type { Naming } from './tool-names.ts'
import { resourceOf as resourceOfTool } from './tool-resource.ts'
import { markingUpstream, markUntrusted } from './untrusted-results.ts'

/** A server of the session. */
export interface Server extends ConfiguredUpstream {
  readonly upstream: Upstream
  readonly tools: SessionTools
}

export interface Routes {
  /** Rejects for bugs alone. */
  readonly handle: (request: ClientRequest) => Promise<Outcome>
  readonly notify: (method: string, params: JsonObject) => void
  /** What a server asks of the client, or tells it, as it is passed on; undefined where it is not. */
  readonly question: (upstream: string, method: string, params: JsonObject) => JsonObject | undefined
  readonly notice: (upstream: string, method: string, params: JsonObject) => JsonObject | undefined
  readonly close: () => void
}

interface RouteDeps extends GatewayDeps {
  /** The answer where a bug prevents one. */
  readonly broken: (error: unknown) => Outcome
  readonly agent: GatewayAgent
  readonly naming: Naming
}

export function createRoutes(deps: RouteDeps, connected: readonly Server[]): Routes {
  const { naming, agent, gate } = deps
  const { serverTasks: tasks } = agent
  const screens = new Map(connected.map((server) => [server.name, createServerScreen({ ...server, tasks })]))
  const servers = connected.map((server) => {
    const upstream = screened(server.upstream)
    return { ...server, upstream: server.isUntrusted ? markingUpstream(upstream) : upstream }
  })
  const alone = servers.length === 1 ? servers[0] : undefined
  const many = createManyServers(servers, naming, tasks)
  let claims: ClientClaims | undefined

  /** A request that says it itself may be of another client than the last: some share a session. */
  const clientOf = (params: JsonObject): ClientClaims => (isStateless(params) || !claims ? claimsOf(params) : claims)

  function screened(upstream: Upstream): Upstream {
    const screen = screens.get(upstream.name)
    const request: Upstream['request'] = async (method, params, options) => {
      const outcome = await upstream.request(method, params, options)
      if (!alone) many.noteLinks(upstream, outcome)
      return screen?.outcome(outcome, clientOf(params)) ?? outcome
    }
    return { ...upstream, request }
  }

  const all = (request: ClientRequest) =>
    Promise.all(servers.map(({ upstream }) => upstream.request(request.method, request.params, request)))

  async function initialize(request: ClientRequest): Promise<Outcome> {
    const { params } = request
    const outcome = mergeInitialize(await all(request), servers)
    claims = claimsOf(params, outcome)
    return outcome
  }

  async function listTools(request: ClientRequest): Promise<Outcome> {
    const { server, params } = pageOf(servers, request.params)
    const turn = server.tools.begin()
    const outcome = await server.upstream.request(request.method, params, request)
    if ('error' in outcome) return outcome
    const tools = (await server.tools.take(outcome.result, turn))
      .map((tool) => shown(server, tool))
      .filter(({ name }) => !isOwnTool(name))
    if (tools.length === 0 && deps.tools.isAway()) return asError(AWAY)
    const next = nextPage(servers, server, outcome.result)
    const isLast = textIn({ ...outcome.result, ...next }, 'nextCursor') === undefined
    return { result: { ...outcome.result, tools: isLast ? [...tools, ...ACCESS_TOOLS] : tools, ...next } }
  }

  function shown({ name: upstream, rules }: Server, tool: Tool): JsonObject {
    const { definition } = tool
    const isGated = effectOfTool(tool, rules) !== 'read'
    const gated = isGated ? { _meta: { ...objectIn(definition, '_meta'), [NEEDS_PERSON]: true } } : {}
    return { ...definition, ...gated, name: naming.toClient({ upstream, name: tool.name }) }
  }

  async function callTool(request: ClientRequest): Promise<Outcome> {
    const { params } = request
    if (params['name'] === GET_REQUEST_STATUS) return requestStatus(agent, params)
    if (params['name'] === WITHDRAW_REQUEST) return withdrawRequest(agent, params)
    if (params['name'] !== REQUEST_ACCESS) return withTool(request, gate.pass)
    const asked = askedCall(objectIn(params, 'arguments'))
    if ('refusal' in asked) return asked.refusal
    return withTool({ ...request, params: { ...asked.call, _meta: objectIn(params, '_meta') } }, gate.ask)
  }

  async function withTool(request: ClientRequest, then: (call: ToolCall) => Promise<Outcome>): Promise<Outcome> {
    const { params } = request
    const { name, arguments: args = {} } = params
    const named = typeof name === 'string' ? naming.fromClient(name) : undefined
    const server = servers.find(({ name: upstream }) => upstream === named?.upstream)
    const problem = named && server?.tools.knows(named.name) === false ? await agent.standing.check() : undefined
    if (problem) return refusedRequest(problem)
    const tool = named && (await server?.tools.find(named.name, eraOf(params)))
    if (!server || !tool) return notFound(server)
    if (!isJsonObject(args)) return failed(CODES.invalidParams, 'arguments has to be an object.')
    const unknown = unknownMember(params)
    if (unknown) return unknown
    const call = { ...request, server, tool, args }
    try {
      return await then(toolCall(call))
    } catch (error) {
      if (!(error instanceof CallRefused)) throw error
      const action = { name: actionName(server.name, tool.name) }
      return gate.refuse({ agent, action, definition: tool.definition }, error.problem)
    }
  }

  function notFound(server: Server | undefined): Outcome {
    if (deps.tools.isAway()) return AWAY
    const trouble = server?.tools.trouble()
    return trouble === undefined ? failed(CODES.invalidParams, UNKNOWN_TOOL) : failed(CODES.internal, trouble)
  }

  function toolCall({ server, tool, params, args, about, signal, progress, notify }: CalledTool): ToolCall {
    const resourceOf = (given: JsonObject) => resourceOfTool(server, tool.name, given)
    const isRead = effectOfTool(tool, server.rules) === 'read'
    const credential = createCallCredential(server, tool.name, signal)
    return {
      ...{ signal, progress, notify, agent },
      action: { name: actionName(server.name, tool.name), resource: resourceOf(args), arguments: args },
      resourceOf,
      upstream: server.name,
      tool: tool.name,
      definition: tool.definition,
      isRead,
      params,
      client: { ...clientOf(params), model: modelOf(params) },
      preview: callPreview(server, tool.name, { agent, era: eraOf(params), decide: gate.decide }),
      authorize: credential.get,
      async recheck() {
        if (await server.tools.isStill(tool, eraOf(params))) return undefined
        return deps.tools.isAway() ? AUTHORITY_AWAY : failed(CODES.invalidParams, CHANGED_TOOL)
      },
      async forward(given, until, members) {
        if (!(await server.tools.isKnown(tool, eraOf(params)))) return unsent(LOST_TOOL, CODES.invalidParams)
        const own = { ...besideCall(params), ...members, name: tool.name, arguments: given }
        const outcome = await server.upstream.request('tools/call', own, {
          signal: until,
          about,
          credential: credential.take(),
        })
        return server.isUntrusted ? markUntrusted(server.name, outcome) : outcome
      },
    }
  }

  async function toServerOf(tool: string, request: ClientRequest): Promise<Outcome> {
    const named = naming.fromClient(tool)
    const upstream = servers.find(({ name }) => name === named?.upstream)?.upstream
    return upstream?.request(request.method, request.params, request) ?? failed(CODES.invalidParams, UNKNOWN_TOOL)
  }

  async function toOne({ server, params }: Directed<Server>, request: ClientRequest): Promise<Outcome> {
    const { method } = request
    const send = (given: JsonObject, signal: AbortSignal) =>
      server.upstream.request(method, given, { about: request.about, signal })
    if (!isJudged(method)) return send(params, request.signal)
    const entry = { name: actionName(server.name, method), pin: await methodPin(method) }
    async function unapproved(since?: number): Promise<Outcome | undefined> {
      if (await deps.tools.isInForce(entry, since)) return undefined
      return deps.tools.isAway() ? AWAY : failed(CODES.invalidParams, `${method} ${NOT_APPROVED}`)
    }
    const refusal = await unapproved()
    if (refusal) return asError(refusal)
    const recheck = () => unapproved(performance.now())
    const client = { ...clientOf(params), model: modelOf(params) }
    return asError(
      await gate.pass(methodCall({ ...request, method, params, agent, upstream: server.name, client, send, recheck })),
    )
  }
  const ownTasks = createOwnTasks({ ...deps, withTool, toServerOf })

  async function handle(request: ClientRequest): Promise<Outcome> {
    const { method, params } = request
    const own = ownTasks.handle(request)
    if (own) return own
    if (isStateless(params) && REMOVED.has(method))
      return failed(CODES.unknownMethod, `There is no ${method} any more.`)
    switch (method) {
      case 'ping':
        return { result: {} }
      case 'initialize':
        return initialize(request)
      case 'server/discover':
        return mergeDiscovery(await all(request), servers)
      case 'tools/list':
        return listTools(request)
      case 'tools/call':
        return complete(await callTool(request), params)
    }
    const to = alone && !method.startsWith('tasks/') ? { server: alone, params } : many.direct(request)
    if (!to) return many.handle(request)
    return 'server' in to ? toOne(to, request) : to
  }

  return {
    handle,
    notify(method, params) {
      for (const { upstream } of servers) upstream.notify(method, params)
    },
    question: (name, method, params) => screens.get(name)?.question(method, params, clientOf({})),
    notice(name, method, params) {
      if (method === 'notifications/tools/list_changed') servers.find((one) => one.name === name)?.tools.forget()
      return screens.get(name)?.notice(method, params)
    },
    close() {
      for (const { upstream } of servers) upstream.close()
    },
  }
}

interface CalledTool extends ClientRequest {
  readonly server: Server
  readonly tool: Tool
  readonly args: JsonObject
}

/** A tool of a server under this name could not be called. */
const isOwnTool = (name: JsonValue | undefined): boolean => ACCESS_TOOLS.some((own) => own.name === name)

/** From 2026-07-28 on. */
const REMOVED: ReadonlySet<string> = new Set(['ping', 'tasks/list', 'tasks/result'])

/** Told to clients that look for it, so that no call is made where nobody is asked. */
const NEEDS_PERSON = 'anthropic/requiresUserInteraction'

/** From 2026-07-28 on each result says what it is. */
const complete = (outcome: Outcome, params: JsonObject): Outcome =>
  'error' in outcome || outcome.result['resultType'] !== undefined || !isStateless(params)
    ? outcome
    : { result: { resultType: 'complete', ...outcome.result } }

const CHANGED_TOOL =
  'While the call waited its server went away, or changed the tool. Nothing was executed, and the approval is not used: list the tools, and make the call again.'
const LOST_TOOL =
  'Just now its server went away, or changed the tool. Nothing was executed: list the tools, and make the call again.'
const AUTHORITY_AWAY: Problem = {
  code: 'authority_unreachable',
  detail: 'The authority cannot be reached, so no tool is in force.',
}
const AWAY = refusedUnknown(AUTHORITY_AWAY)
const NOT_APPROVED = 'of this server has not been approved yet. An admin has to approve what is new.'
const UNKNOWN_TOOL = 'There is no tool of this name, or what its server says of it has not been approved yet.'
