/**
 * Pages of the lists of several servers, one server after another: a cursor names the server and that server's cursor.
 * A single server's cursors stay as they are.
 */
import type { JsonObject } from '@countersign/verifier'

export interface Page<Server> {
  readonly server: Server
  readonly params: JsonObject
}

/** A cursor that no list has begins anew. */
export function pageOf<Server>(servers: readonly Server[], params: JsonObject): Page<Server> {
  const [first] = servers
  if (!first) throw new TypeError('A gateway has a server')
  if (servers.length === 1) return { server: first, params }
  const { cursor, ...rest } = params
  const [at = '0', ...own] = typeof cursor === 'string' ? cursor.split(':') : []
  return {
    server: servers[Number(at)] ?? first,
    params: own.join(':') === '' ? rest : { ...rest, cursor: own.join(':') },
  }
}

/** The members of a page that lead to the next. */
export function nextPage<Server>(servers: readonly Server[], server: Server, { nextCursor }: JsonObject): JsonObject {
  if (servers.length === 1) return {}
  const at = servers.indexOf(server)
  if (typeof nextCursor === 'string') return { nextCursor: `${at}:${nextCursor}` }
  return at + 1 < servers.length ? { nextCursor: `${at + 1}:` } : {}
}
