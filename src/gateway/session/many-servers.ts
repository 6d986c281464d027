/**
 * Routes requests among several servers, except for tools: prompts by their prefix, resources and tasks to the server
 * that named them. One that no server named is not found, and sent to none.
 */
import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { CODES, failed, type Outcome, objectIn, textIn } from '../message/json-rpc.ts'
import { isTask } from '../message/unfinished.ts'
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
  /** Notes the task that a server has begun for a call. */
  readonly noteTask: (server: Server, outcome: Outcome) => void
}

/** Ids and addresses that are remembered; the oldest is forgotten first. */
const MAX_KNOWN = 10_000
const NOT_FOUND = -32002
const UNKNOWN_RESOURCE =
  'No server has named this resource before, nor a template for it, as far as the lists were read. List what there is first.'

export function createManyServers<S extends Server>(servers: readonly S[], naming: Naming): ManyServers<S> {
  const resources = createResourceOwners(servers)
  const tasks = createOwners<S>()

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
    const server = tasks.find(textIn(params, 'taskId') ?? '')
    return server ? { server, params } : failed(NOT_FOUND, 'No server has begun this task.')
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
      return failed(CODES.unknownMethod, `${method} is not passed on to several servers.`)
    },
    direct(request) {
      const { method, params } = request
      if (LISTS.has(method)) return undefined
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
    noteTask(server, outcome) {
      if ('error' in outcome) return
      const { result } = outcome
      const id = textIn(objectIn(result, 'task'), 'taskId') ?? (isTask(result) ? textIn(result, 'taskId') : undefined)
      const owner = servers.find(({ name }) => name === server.name)
      if (id !== undefined && owner) tasks.note(id, owner)
    },
  }
}

const LISTS = new Map([
  ['prompts/list', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resourceTemplates'],
])

interface Owners<S> {
  readonly note: (id: string, server: S) => void
  readonly find: (id: string) => S | undefined
}

/** The server that named something first keeps it. */
function createOwners<S>(): Owners<S> {
  const owners = new Map<string, S>()
  return {
    find: (id) => owners.get(id),
    note(id, server) {
      if (owners.has(id)) return
      owners.set(id, server)
      const [oldest] = owners.keys()
      if (owners.size > MAX_KNOWN && oldest !== undefined) owners.delete(oldest)
    },
  }
}
