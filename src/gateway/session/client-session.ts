/**
 * One connected client, with a connection of its own to each server: what passes between them is mapped and written
 * anew, every call of a tool goes through the gate, and nothing goes on for an agent that the authority does not know.
 *
 * Ids of both sides are the gateway's own towards the other. A client's id is taken once at a time. SPEC 14.
 */
import type { JsonObject } from '@countersign/verifier'
import type { Channel, OpenChannel } from '../channel/message-channel.ts'
import type { GatewayAgent } from '../gate/gateway-agent.ts'
import { refusedRequest, withheld } from '../gate/refused-call.ts'
import { isPassing, isRefusal } from '../gate/refused-result.ts'
import { Cancelled } from '../gate/tool-call.ts'
import {
  CODES,
  failed,
  type Id,
  type Message,
  notification,
  type Outcome,
  type Unreadable,
} from '../message/json-rpc.ts'
import { clientMayCall, clientMayNotify, isJudged, upstreamMayNotify } from '../message/methods.ts'
import { openLasting } from '../upstream/lasting-upstream.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { isOwnTool } from './access-tools.ts'
import { noticeOf } from './client-notices.ts'
import type { ClientRequest } from './client-request.ts'
import type { GatewayDeps } from './gateway-deps.ts'
import { createRoutes, type Routes } from './routes.ts'
import { createServerQuestions } from './server-questions.ts'
import { createSessionTools, type SessionTools } from './session-tools.ts'
import { createTelling } from './telling.ts'
import { createNaming } from './tool-names.ts'

export interface Session {
  /** Ends the session and its servers. */
  readonly close: () => void
}

/** Requests of one client under way at once. */
const MAX_UNDER_WAY = 256

export function openSession(deps: GatewayDeps, agent: GatewayAgent, open: OpenChannel, ended: () => void): Session {
  const underWay = new Map<Id, AbortController>()
  let listening: Id | undefined
  const telling = createTelling(agent.standing)
  const toServers = createTelling(agent.standing)
  let isOver = false
  let routes: Routes | undefined

  const naming = createNaming(deps.upstreams.map(({ name }) => name))

  const connected = (): Routes => {
    routes ??= createRoutes({ ...deps, agent, broken, naming }, connect())
    return routes
  }

  const connect = () =>
    deps.upstreams.map((configured) => {
      const upstream: Upstream = openLasting(configured.name, configured.open, {
        called: (id, method, params) => questions.ask(upstream, id, method, params),
        notified: (method, params) => tellClient(upstream, method, params),
        answered: (outcome) => agent.serverTasks.note(configured.name, outcome),
        dropped: configured.dropped,
        room: agent.room,
        ended: (reason) => serverEnded(upstream, tools, reason),
      })
      const tools = createSessionTools(upstream, deps.tools)
      return { ...configured, upstream, tools }
    })

  /** What it has asked waits no more, and what it said of its tools counts no more. */
  function serverEnded(upstream: Upstream, tools: SessionTools, reason: string) {
    if (isOver) return
    deps.log(`${upstream.name}: ${reason} It is started again at the next call.`)
    tools.forget()
    questions.drop(upstream)
  }

  /** The request that a message of a server most likely belongs to: the latest. */
  const latest = (): Id | undefined => [...underWay.keys()].findLast((id) => id !== listening)

  const questions = createServerQuestions({
    ...{ telling, toServers },
    toClient: (message) => channel.send(message, latest()),
    screened: (upstream, method, params) => routes?.question(upstream, method, params),
  })

  function tellClient(upstream: Upstream, method: string, params: JsonObject) {
    if (!upstreamMayNotify(method)) return
    if (method === 'notifications/cancelled') return questions.withdraw(upstream, params)
    const passed = routes?.notice(upstream.name, method, params)
    if (passed) telling.tell(() => channel.send(notification(method, passed), latest()))
  }

  function received(message: Message) {
    switch (message.kind) {
      case 'request':
        return void answer(message.id, message.method, message.params)
      case 'notification':
        return notified(message.method, message.params)
      case 'answer':
        return questions.answered(message.id, message.outcome)
    }
  }

  async function answer(id: Id, method: string, params: JsonObject): Promise<void> {
    const refusal = refusalOf(id, method)
    if (refusal) return channel.send({ kind: 'answer', id, outcome: refusal }, id)
    const controller = new AbortController()
    underWay.set(id, controller)
    if (method === 'subscriptions/listen') listening = id
    const { signal } = controller
    const progress = progressOf(id, params)
    const request = { about: id, method, params, signal, progress, notify }
    const outcome = await handled(request)
    underWay.delete(id)
    await telling.settled()
    // Nobody waits for the answer to a call that was cancelled.
    if (!signal.aborted) channel.send({ kind: 'answer', id, outcome }, id)
  }

  async function handled(request: ClientRequest): Promise<Outcome> {
    const refusal = await refusedAgent(request.method)
    if (refusal) return refusal
    // What the client told servers before reaches them before.
    await toServers.settled()
    return unlessRefusedSince(request, await connected().handle(request).catch(broken))
  }

  /** No answer of a server goes to an agent that was refused while it was under way. */
  async function unlessRefusedSince({ method, params }: ClientRequest, outcome: Outcome): Promise<Outcome> {
    if (isRefusal(outcome) || isOwnTool(method, params)) return outcome
    const problem = await agent.standing.check()
    return problem && !isPassing(problem) ? withheld(problem, method) : outcome
  }

  function refusalOf(id: Id, method: string): Outcome | undefined {
    if (underWay.has(id)) return failed(CODES.invalidRequest, 'A request with this id is under way. Nothing was done.')
    if (underWay.size >= MAX_UNDER_WAY) return failed(CODES.internal, 'Too many requests are under way.')
    return clientMayCall(method) ? undefined : failed(CODES.unknownMethod, `${method} is not passed on.`)
  }

  /** A call is judged with the agent's credential; anything else, and the first request of all, is looked up. */
  async function refusedAgent(method: string): Promise<Outcome | undefined> {
    if (routes && (method === 'tools/call' || isJudged(method))) return undefined
    const problem = await agent.standing.check()
    return problem && refusedRequest(problem)
  }

  function broken(error: unknown): Outcome {
    deps.log(`A bug in the gateway: ${error instanceof Error ? error.stack : String(error)}`)
    return failed(CODES.internal, 'The gateway failed.')
  }

  const notify = (method: string, params: JsonObject) => channel.send(notification(method, params), latest())

  function progressOf(id: Id, { _meta }: JsonObject): (message: string) => void {
    const token =
      typeof _meta === 'object' && _meta !== null && 'progressToken' in _meta ? _meta['progressToken'] : null
    if (typeof token !== 'string' && typeof token !== 'number') return () => {}
    return (message) =>
      channel.send(notification('notifications/progress', { progressToken: token, progress: 0, message }), id)
  }

  function notified(method: string, params: JsonObject) {
    if (!clientMayNotify(method)) return
    if (method === 'notifications/cancelled') return cancelled(params)
    const notice = noticeOf(method, params)
    toServers.tell(() => {
      if (method === 'notifications/progress') questions.progressed(notice)
      else if (method === 'notifications/tasks/status') questions.taskChanged(notice)
      else routes?.notify(method, notice)
    })
  }

  function cancelled({ requestId }: JsonObject) {
    if (typeof requestId === 'string' || typeof requestId === 'number') underWay.get(requestId)?.abort(new Cancelled())
  }

  function end(): void {
    if (isOver) return
    isOver = true
    for (const controller of underWay.values()) controller.abort()
    routes?.close()
    ended()
  }

  function unreadable({ meant, message }: Unreadable) {
    for (const id of meant.answers)
      questions.answered(id, failed(CODES.internal, `The client’s answer cannot be read: ${message}`))
  }
  const channel: Channel = open({ received, unreadable, ended: end, room: agent.room })
  return { close: channel.close }
}
