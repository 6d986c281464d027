/**
 * What a server may tell and ask its client: nothing that the client did not declare, and nothing in the gateway's name.
 * What a person may read of it says whose it is. SPEC 14.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { isOwnState } from '../gate/follow-ups.ts'
import { isOwnTask } from '../gate/held-tasks.ts'
import type { ServerTasks } from '../gate/server-tasks.ts'
import type { ClientClaims } from '../gate/tool-call.ts'
import { CODES, failed, type Outcome, objectIn, type RpcError, textIn } from '../message/json-rpc.ts'
import { FIRST_STATELESS } from '../message/protocol.ts'
import { isTask } from '../message/unfinished.ts'
import { unsure } from '../message/unsure.ts'
import { declaresTasks, showsLinks } from '../waiting/task-result.ts'
import { markedParams } from './untrusted-results.ts'

type Client = Pick<ClientClaims, 'capabilities' | 'protocolVersion'>

export interface ServerScreen {
  /** The answer of the server as the client gets it. */
  readonly outcome: (outcome: Outcome, client: Client) => Outcome
  /** The parameters of a request to the client; undefined where it is not passed on. */
  readonly question: (method: string, params: JsonObject, client: Client) => JsonObject | undefined
  /** The same of a notification. */
  readonly notice: (method: string, params: JsonObject) => JsonObject | undefined
}

const ELICITATION_REQUIRED = -32042
const MAX_LINKS = 1000
const RELATED_TASK = 'io.modelcontextprotocol/related-task'

interface Screened {
  /** Of the server. */
  readonly name: string
  readonly isUntrusted: boolean
  /** The tasks of the agent. */
  readonly tasks: Pick<ServerTasks, 'serverOf'>
}

export function createServerScreen({ name: server, isUntrusted, tasks }: Screened): ServerScreen {
  /** The ids of its links. */
  const links = new Set<string>()

  function asked(params: JsonObject): JsonObject {
    const id = params['mode'] === 'url' ? textIn(params, 'elicitationId') : undefined
    if (links.size >= MAX_LINKS) links.clear()
    if (id !== undefined) links.add(id)
    return { ...params, message: `The server ${server} asks: ${textIn(params, 'message') ?? ''}` }
  }

  const said = (words: string): string => `From the server ${server}: ${words}`

  const isItsTask = (id: JsonValue | undefined): boolean => typeof id === 'string' && tasks.serverOf(id) === server

  /** What it sends belongs to no task but its own. */
  function related(params: JsonObject): JsonObject {
    const { [RELATED_TASK]: task, ...meta } = objectIn(params, '_meta')
    return task === undefined || isItsTask(objectIn({ task }, 'task')['taskId']) ? params : { ...params, _meta: meta }
  }

  const passed = (params: JsonObject): JsonObject =>
    isUntrusted ? markedParams(server, related(params)) : related(params)

  function question(method: string, params: JsonObject, { capabilities }: Client): JsonObject | undefined {
    if (!isDeclared(capabilities, method, params)) return undefined
    return method === 'elicitation/create' ? asked(params) : params
  }

  function elicitations(outcome: Extract<Outcome, { error: unknown }>, client: Client): Outcome {
    const { data } = outcome.error
    const all = isJsonObject(data) && Array.isArray(data['elicitations']) ? data['elicitations'] : []
    const own = all.filter(isJsonObject)
    const isUnderstood = client.protocolVersion < FIRST_STATELESS && showsLinks(client) && own.length > 0
    if (!isUnderstood || own.length < all.length || !own.every(isLink)) return undeclared()
    return {
      error: {
        ...outcome.error,
        message: said(outcome.error.message),
        data: { elicitations: own.map(asked) },
      },
    }
  }

  /** The code and the facts of a refusal are the gateway's: a server's error with them says whose it is. */
  function refusal({ error }: Extract<Outcome, { error: unknown }>): Outcome {
    const { data = null } = error
    return failed(CODES.internal, said(error.message), { server, data })
  }

  function noticed(method: string, params: JsonObject): JsonObject {
    const { message, logger } = params
    if (method === 'notifications/message')
      return { ...params, logger: typeof logger === 'string' && logger !== '' ? `${server}/${logger}` : server }
    if (method === 'notifications/progress' && typeof message === 'string') return { ...params, message: said(message) }
    return withStatus(params)
  }

  /** A task of the gateway says in its status whom it waits for: one of the server begins with its name. */
  function withStatus(value: JsonObject): JsonObject {
    const { statusMessage, taskId } = value
    return typeof statusMessage === 'string' && taskId !== undefined
      ? { ...value, statusMessage: said(statusMessage) }
      : value
  }

  function withStatuses(result: JsonObject): JsonObject {
    const { task, tasks: all } = result
    return {
      ...withStatus(result),
      ...(isJsonObject(task) ? { task: withStatus(task) } : {}),
      ...(Array.isArray(all) ? { tasks: all.map((one) => (isJsonObject(one) ? withStatus(one) : one)) } : {}),
    }
  }

  function input(result: JsonObject, client: Client): Outcome {
    const all = Object.entries(objectIn(result, 'inputRequests')).map(([key, request]) => {
      const method = textIn(request, 'method') ?? ''
      const params = question(method, objectIn(request, 'params'), client)
      return params && isJsonObject(request) && ([key, hasParams(request) ? { ...request, params } : request] as const)
    })
    const passed = all.filter((one) => one !== undefined && one !== false)
    if (passed.length < all.length || isOwnState(result['requestState'])) return undeclared()
    const inputRequests: JsonValue = Object.fromEntries(passed)
    return { result: { ...result, ...('inputRequests' in result ? { inputRequests } : {}) } }
  }

  const undeclared = (): Outcome =>
    unsure(`The server ${server} asked for what this client did not declare, or may not be asked for.`)

  return {
    question(method, params, client) {
      const asks = question(method, params, client)
      return asks && passed(asks)
    },
    outcome(outcome, client) {
      if ('error' in outcome) {
        if (outcome.error.code === ELICITATION_REQUIRED) return elicitations(outcome, client)
        return isRefusal(outcome.error) ? refusal(outcome) : outcome
      }
      const { result } = outcome
      if (result['resultType'] === 'input_required') return input(result, client)
      const id = result['taskId'] ?? objectIn(result, 'task')['taskId']
      if (isOwnTask(id) || (isTask(result) && !declaresTasks(client))) return undeclared()
      return { result: withStatuses(result) }
    },
    notice(method, params) {
      const isOfOthers =
        method === 'notifications/elicitation/complete'
          ? !links.has(textIn(params, 'elicitationId') ?? '')
          : params['taskId'] !== undefined && !isItsTask(params['taskId'])
      return isOfOthers ? undefined : passed(noticed(method, params))
    },
  }
}

const hasParams = (request: JsonObject): boolean => isJsonObject(request['params'])
const isLink = (params: JsonObject): boolean => params['mode'] === 'url' && typeof params['url'] === 'string'
const isRefusal = ({ code, data }: RpcError): boolean =>
  code === CODES.refused || (isJsonObject(data) && 'executed' in data)

function isDeclared(capabilities: JsonObject, method: string, params: JsonObject): boolean {
  const { roots, sampling, elicitation, tasks } = capabilities
  if (params['task'] !== undefined && !takesTasks(tasks, method)) return false
  switch (method) {
    case 'roots/list':
      return isJsonObject(roots)
    case 'sampling/createMessage':
      return isJsonObject(sampling) && (isJsonObject(sampling['tools']) || !usesTools(params))
    case 'elicitation/create':
      return isJsonObject(elicitation) && takesMode(elicitation, params['mode'] ?? 'form')
  }
  return method.startsWith('tasks/') && isJsonObject(tasks)
}

const usesTools = ({ tools, toolChoice }: JsonObject): boolean => tools !== undefined || toolChoice !== undefined

/** Without a mode, as before 2025-11-25, a client takes forms. */
const takesMode = (elicitation: JsonObject, mode: JsonValue): boolean =>
  isJsonObject(elicitation[String(mode)]) || (mode === 'form' && !('url' in elicitation))

/** `sampling/createMessage` is `requests.sampling.createMessage` of the capability. */
function takesTasks(tasks: JsonValue | undefined, method: string): boolean {
  const [group = '', verb = ''] = method.split('/')
  return isJsonObject(objectIn(objectIn(tasks, 'requests'), group)[verb])
}
