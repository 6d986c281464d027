/**
 * A call of the endpoint table: from a row and its input to an answer of the shape that the row names.
 *
 * In: a connection, a row, parameters, query and body. Out: an `Answer`; one of another shape is `authority_unreachable`.
 */
import type { Endpoint } from '../api/endpoint.ts'
import { type Answer, type CallOptions, type Connection, encodeMembers, type Members, send } from './agent/exchange.ts'
import { unusable } from './agent/read-problem.ts'

/** The input of any call, without its types. */
export interface AnyInput extends CallOptions {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Members
  readonly body?: unknown
  readonly form?: Members
}

export async function callEndpoint(
  connection: Connection,
  { method, path, callers, response }: Endpoint,
  { params, query, ...call }: AnyInput,
): Promise<Answer<unknown>> {
  const answer = await send(connection, {
    method,
    path: filledIn(path, params) + queryOf(query),
    anonymous: callers === 'anyone',
    ...call,
  })
  if (!answer.ok || response === undefined) return answer
  const parsed = response.safeParse(answer.value)
  if (parsed.success) return { ...answer, value: parsed.data }
  const where = parsed.error.issues[0]?.path.join('.') || 'the whole'
  return { ...answer, ok: false, problem: unusable(`Its answer to ${path} is malformed (${where}).`) }
}

function filledIn(path: string, params: AnyInput['params']): string {
  return path.replace(/:(\w+)/g, (_, name: string) => {
    const value = params?.[name]
    if (value === undefined) throw new RangeError(`${path} needs the parameter ${name}`)
    return encodeURIComponent(value)
  })
}

function queryOf(members: Members = {}): string {
  const query = encodeMembers(members)
  return query && `?${query}`
}
