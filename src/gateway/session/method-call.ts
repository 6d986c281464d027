/**
 * A request of a client that reads at a server, as a call that the gate judges: its arguments are all that the agent
 * sends along. SPEC 14.
 */
import type { JsonObject } from '@countersign/verifier'
import type { GatewayAgent } from '../gate/gateway-agent.ts'
import type { ClientClaims, ToolCall } from '../gate/tool-call.ts'
import { type Outcome, objectIn, textIn } from '../message/json-rpc.ts'
import type { JudgedMethod } from '../message/methods.ts'
import { actionName } from '../upstream/tool-entry.ts'
import type { ClientRequest } from './client-request.ts'
import { passedMeta } from './known-members.ts'

interface MethodRequest extends ClientRequest {
  readonly method: JudgedMethod
  readonly agent: GatewayAgent
  /** The name of the server. */
  readonly upstream: string
  readonly client: ClientClaims
  readonly recheck: ToolCall['recheck']
  readonly send: (params: JsonObject, signal: AbortSignal) => Promise<Outcome>
}

export function methodCall({
  method,
  params,
  upstream,
  client,
  send,
  agent,
  recheck,
  signal,
  progress,
  notify,
}: MethodRequest): ToolCall {
  const { _meta: _, requestState: _state, inputResponses: _responses, ...args } = params
  const resourceOf = (given: JsonObject) => resourceIn(upstream, given) ?? `mcp:${upstream}/${method}`
  return {
    ...{ agent, signal, progress, notify, params, upstream, resourceOf, recheck },
    action: { name: actionName(upstream, method), resource: resourceOf(args), arguments: args },
    tool: method,
    definition: {},
    isRead: true,
    client: { ...client, capabilities: answeredBy(method, client.capabilities) },
    preview: undefined,
    authorize: async () => undefined,
    forward: (given, until, members) => send({ ...passedMeta(params), ...given, ...members }, until),
  }
}

/** A resource by its address, a prompt by its name. */
function resourceIn(upstream: string, args: JsonObject): string | undefined {
  const ref = objectIn(args, 'ref')
  const name = textIn(args, 'name') ?? textIn(ref, 'name')
  return (
    textIn(args, 'uri') ?? textIn(ref, 'uri') ?? (name === undefined ? undefined : `mcp:${upstream}/prompts/${name}`)
  )
}

const ASKING: ReadonlySet<JudgedMethod> = new Set(['resources/read', 'prompts/get'])

/** None of these methods can be a task, and not all can ask for input. */
const answeredBy = (method: JudgedMethod, { extensions: _, ...capabilities }: JsonObject): JsonObject =>
  ASKING.has(method) ? capabilities : {}
