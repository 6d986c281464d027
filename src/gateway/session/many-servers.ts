/**
 * Routes requests among several servers, except for tools: prompts by their prefix, resources to the server that named
 * them, tasks to the one that made them of a call of this agent. What nobody named is not found, and sent to none.
 */
import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { ServerTasks } from '../gate/server-tasks.ts'
import { CODES, failed, type Outcome, objectIn, textIn } from '../message/json-rpc.ts'
import { LIST_TASKS } from '../message/methods.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { ClientRequest } from './client-request.ts'
import { nextPage, pageOf } from './list-pages.ts'
import { createResourceOwners } from './resource-owners.ts'
import type { Naming } from './tool-names.ts'

interface Server {
  readonly name: string
  readonly upstream: Upstream
}

/** A request as the one server knows it that it is for. */
export interface Directed<S extends Server> {
  readonly server: S
  readonly params: JsonObject
}

export interface ManyServers<S extends Server> {
  /** A request to all servers. */
  readonly handle: (request: ClientRequest) => Promise<Outcome>
  /** The server that a request names, or the refusal; undefined for a request to all servers. */
  readonly direct: (request: ClientRequest) => Directed<S> | Outcome | undefined
  /** Notes the resources that a server has linked to. */
  readonly noteLinks: (server: Pick<Server, 'name'>, outcome: Outcome) => void
}

const NOT_FOUND = -32002
const UNKNOWN_RESOURCE =
  'No server has named this resource before, nor a template for it, as far as the lists were read. List what there is first.'

export function createManyServers<S extends Server>(
  servers: readonly S[],
  naming: Naming,
  tasks: ServerTasks,
): ManyServers<S> {
  const resources = createResourceOwners(servers)

  async function list(request: ClientRequest, member: string): Promise<Outcome> {
    const { server, params } = pageOf(servers, request.params)
    const outcome = await server.upstream.request(request.method, params, request)
    // A server that has none of them knows no such list.
    const isNone = 'error' in outcome && outcome.error.code === CODES.unknownMethod
    if ('error' in outcome && !isNone) return outcome
    const result = 'result' in outcome ? outcome.result : {}
    const all = Array.isArray(result[member]) ? result[member].filter(isJsonObject) : []
    resources.noteList(server, all)
    return {
      result: {
        ...result,
        [member]: all.map((one) => named(server, member, one)),
        ...nextPage(servers, server, result),
      },
    }
  }

  const named = ({ name: upstream }: S, member: string, one: JsonObject): JsonObject =>
    member === 'prompts' ? { ...one, name: naming.toClient({ upstream, name: textIn(one, 'name') ?? '' }) } : one

  function prompt(ref: JsonObject, renamed: (name: string) => JsonObject): Directed<S> | Outcome {
    const known = naming.fromClient(textIn(ref, 'name') ?? '')
    const server = servers.find(({ name }) => name === known?.upstream)
    if (!server || !known) return failed(CODES.invalidParams, 'There is no prompt of this name.')
    return { server, params: renamed(known.name) }
  }

  function ownTask({ params }: ClientRequest): Directed<S> | Outcome {
    const owner = tasks.serverOf(textIn(params, 'taskId') ?? '')
    const server = servers.find(({ name }) => name === owner)
    return server
      ? { server, params }
      : failed(CODES.invalidParams, 'No server has begun this task for a call of this agent.')
  }

  function ofResource({ params }: ClientRequest, uri = ''): Directed<S> | Outcome {
    const [server, ...others] = resources.find(uri)
    if (!server) return failed(NOT_FOUND, UNKNOWN_RESOURCE)
    if (others.length === 0) return { server, params }
    const names = [server, ...others].map(({ name }) => name).join(' and ')
    return failed(NOT_FOUND, `The servers ${names} both name this resource, so none of them is asked.`)
  }

  function completed(request: ClientRequest): Directed<S> | Outcome {
    const { params } = request
    const ref = objectIn(params, 'ref')
    if (ref['uri'] !== undefined) return ofResource(request, textIn(ref, 'uri'))
    return prompt(ref, (name) => ({ ...params, ref: { ...ref, name } }))
  }

  async function everywhere({ method, params, ...options }: ClientRequest): Promise<Outcome> {
    const outcomes = await Promise.all(servers.map(({ upstream }) => upstream.request(method, params, options)))
    return (
      outcomes.find((outcome) => 'result' in outcome) ?? outcomes[0] ?? failed(CODES.internal, 'There is no server.')
    )
  }

  return {
    async handle(request) {
      const { method } = request
      const member = LISTS.get(method)
      if (member !== undefined) return list(request, member)
      if (method === 'logging/setLevel') return everywhere(request)
      const [first, ...others] = servers
      if (method === LIST_TASKS && first && others.length === 0)
        return tasks.only(first.name, await first.upstream.request(method, request.params, request))
      return failed(CODES.unknownMethod, `${method} is not passed on to several servers.`)
    },
    direct(request) {
      const { method, params } = request
      if (LISTS.has(method) || method === LIST_TASKS) return undefined
      if (method === 'prompts/get') return prompt(params, (name) => ({ ...params, name }))
      if (method === 'completion/complete') return completed(request)
      if (method.startsWith('resources/')) return ofResource(request, textIn(params, 'uri'))
      if (method.startsWith('tasks/')) return ownTask(request)
      return undefined
    },
    noteLinks(server, outcome) {
      const owner = servers.find(({ name }) => name === server.name)
      if (owner) resources.noteLinks(owner, outcome)
    },
  }
}

const LISTS = new Map([
  ['prompts/list', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resourceTemplates'],
])
