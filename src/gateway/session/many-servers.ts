/**
 * Routes requests among several servers, except for tools: prompts by their prefix, resources and tasks to the server
 * that listed them. One that no server listed is not found, and sent to none.
 */
import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { CODES, failed, type Outcome, objectIn, textIn } from '../message/json-rpc.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { ClientRequest } from './client-request.ts'
import { nextPage, pageOf } from './list-pages.ts'
import type { Naming } from './tool-names.ts'

interface Server {
  readonly name: string
  readonly upstream: Upstream
}

export interface ManyServers {
  readonly handle: (request: ClientRequest) => Promise<Outcome>
  /** Notes the task that a server has begun for a call. */
  readonly noteTask: (server: Server, outcome: Outcome) => void
}

/** Ids and addresses that are remembered; the oldest is forgotten first. */
const MAX_KNOWN = 10_000
const NOT_FOUND = -32002

export function createManyServers(servers: readonly Server[], naming: Naming): ManyServers {
  const resources = createOwners()
  const tasks = createOwners()

  async function list(request: ClientRequest, member: string): Promise<Outcome> {
    const { server, params } = pageOf(servers, request.params)
    const outcome = await server.upstream.request(request.method, params, request)
    // A server that has none of them knows no such list.
    const isNone = 'error' in outcome && outcome.error.code === CODES.unknownMethod
    if ('error' in outcome && !isNone) return outcome
    const result = 'result' in outcome ? outcome.result : {}
    const all = Array.isArray(result[member]) ? result[member].filter(isJsonObject) : []
    for (const { uri } of all) if (typeof uri === 'string') resources.note(uri, server)
    return {
      result: {
        ...result,
        [member]: all.map((one) => named(server, member, one)),
        ...nextPage(servers, server, result),
      },
    }
  }

  const named = ({ name: upstream }: Server, member: string, one: JsonObject): JsonObject =>
    member === 'prompts' ? { ...one, name: naming.toClient({ upstream, name: textIn(one, 'name') ?? '' }) } : one

  async function prompt(
    request: ClientRequest,
    ref: JsonObject,
    renamed: (name: string) => JsonObject,
  ): Promise<Outcome> {
    const known = naming.fromClient(textIn(ref, 'name') ?? '')
    const server = servers.find(({ name }) => name === known?.upstream)
    if (!server || !known) return failed(CODES.invalidParams, 'There is no prompt of this name.')
    return server.upstream.request(request.method, renamed(known.name), request)
  }

  async function owned(request: ClientRequest, owners: Owners, id: string | undefined): Promise<Outcome> {
    const server = id === undefined ? undefined : owners.find(id)
    if (!server) return failed(NOT_FOUND, 'No server has named this before. List what there is first.')
    return server.upstream.request(request.method, request.params, request)
  }

  function complete(request: ClientRequest): Promise<Outcome> {
    const { params } = request
    const ref = objectIn(params, 'ref')
    if (ref['uri'] !== undefined) return owned(request, resources, textIn(ref, 'uri'))
    return prompt(request, ref, (name) => ({ ...params, ref: { ...ref, name } }))
  }

  async function everywhere({ method, params, ...options }: ClientRequest): Promise<Outcome> {
    const outcomes = await Promise.all(servers.map(({ upstream }) => upstream.request(method, params, options)))
    return (
      outcomes.find((outcome) => 'result' in outcome) ?? outcomes[0] ?? failed(CODES.internal, 'There is no server.')
    )
  }

  return {
    async handle(request) {
      const { method, params } = request
      const member = LISTS.get(method)
      if (member !== undefined) return list(request, member)
      if (method === 'prompts/get') return prompt(request, params, (name) => ({ ...params, name }))
      if (method === 'completion/complete') return complete(request)
      if (method === 'logging/setLevel') return everywhere(request)
      if (method.startsWith('resources/')) return owned(request, resources, textIn(params, 'uri'))
      if (method.startsWith('tasks/')) return owned(request, tasks, textIn(params, 'taskId'))
      return failed(CODES.unknownMethod, `${method} is not passed on to several servers.`)
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

/** As the extension of 2026-07-28 has it. */
export const isTask = (result: JsonObject): boolean => result['resultType'] === 'task'

const LISTS = new Map([
  ['prompts/list', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resourceTemplates'],
])

interface Owners {
  readonly note: (id: string, server: Server) => void
  readonly find: (id: string) => Server | undefined
}

/** The server that named something first keeps it. */
function createOwners(): Owners {
  const owners = new Map<string, Server>()
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
