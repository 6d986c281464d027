/**
 * One HTTP exchange: from an entry of the endpoint table and its input to a checked answer.
 *
 * In: where, as whom, through which fetch; an endpoint; parameters, body, headers.
 * Out: an `Answer`. Rejects only when the caller's own signal aborts.
 *
 * Follows no redirect, so that a credential goes nowhere but to the configured origin. Responses are strict JSON of the
 * shape the table names; anything else counts as no answer. It never retries.
 */
import { type JsonValue, parseJson } from '@countersign/verifier'
import type { Endpoint } from '../api/endpoint.ts'
import type { Answer, CallOptions } from './call-types.ts'
import type { Fetch } from './cookies.ts'
import { problemOf, unusable } from './read-problem.ts'

/** Where calls go, as whom, and through what. */
export interface Connection {
  readonly origin: string
  readonly credential: string | undefined
  readonly fetch: Fetch
  /** How long an answer may take beyond what the call itself asked to wait. */
  readonly timeoutMs: number
}

/** The input of any call, without its types. */
export interface AnyInput extends CallOptions {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly form?: Readonly<Record<string, string | undefined>>
}

/** Sends the call and reads the answer. */
export async function send(connection: Connection, endpoint: Endpoint, input: AnyInput): Promise<Answer<unknown>> {
  try {
    const response = await connection.fetch(urlOf(connection.origin, endpoint, input), {
      method: endpoint.method,
      headers: headersOf(connection, endpoint, input),
      body: bodyOf(input) ?? null,
      redirect: 'manual',
      signal: deadline(connection, input),
    })
    return read(endpoint, response, await response.text())
  } catch (cause) {
    input.signal?.throwIfAborted()
    if (cause instanceof TypeError || isTimeout(cause)) return failed(unusable(reasonOf(cause)))
    throw cause
  }
}

function urlOf(origin: string, endpoint: Endpoint, input: AnyInput): string {
  const path = endpoint.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = input.params?.[name]
    if (value === undefined) throw new RangeError(`${endpoint.path} needs the parameter ${name}`)
    return encodeURIComponent(value)
  })
  const query = membersOf(input.query ?? {})
  return origin + path + (query === '' ? '' : `?${query}`)
}

/** A credential goes only where one is asked for. */
function headersOf({ credential }: Connection, { callers }: Endpoint, input: AnyInput): Record<string, string> {
  return {
    Accept: 'application/json, application/problem+json, */*;q=0.1',
    ...(credential === undefined || callers === 'anyone' ? {} : { Authorization: `Bearer ${credential}` }),
    ...(input.body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(input.form === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' }),
    ...(input.waitSeconds === undefined ? {} : { Prefer: `wait=${input.waitSeconds}` }),
    ...input.headers,
  }
}

function bodyOf({ body, form }: AnyInput): string | undefined {
  if (form === undefined) return body === undefined ? undefined : JSON.stringify(body)
  return membersOf(form)
}

function membersOf(members: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return new URLSearchParams(given).toString()
}

function deadline({ timeoutMs }: Connection, { waitSeconds = 0, signal }: AnyInput): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs + waitSeconds * 1000)
  return signal ? AbortSignal.any([signal, timeout]) : timeout
}

function read(endpoint: Endpoint, response: Response, text: string): Answer<unknown> {
  const { status, headers } = response
  const body = contentOf(headers, text)
  if (!response.ok) return { ok: false, problem: problemOf(response, body), status, headers }
  if (endpoint.response === undefined) return { ok: true, value: body ?? (text || undefined), status, headers }
  const parsed = endpoint.response.safeParse(body)
  if (parsed.success) return { ok: true, value: parsed.data, status, headers }
  const where = parsed.error.issues[0]?.path.join('.') || 'the whole'
  return { ok: false, problem: unusable(`Its answer to ${endpoint.path} is malformed (${where}).`), status, headers }
}

function contentOf(headers: Headers, text: string): JsonValue | undefined {
  if (!/^application\/(\w+\+)?json\b/i.test(headers.get('Content-Type') ?? '')) return undefined
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

function failed(problem: ReturnType<typeof unusable>): Answer<never> {
  return { ok: false, problem, status: 0, headers: new Headers() }
}

const isTimeout = (cause: unknown) => cause instanceof DOMException && cause.name === 'TimeoutError'

function reasonOf(cause: unknown): string {
  if (isTimeout(cause)) return 'It took too long.'
  const { code } = (cause instanceof Error && (cause.cause as { code?: unknown } | undefined)) || {}
  return code === 'ECONNREFUSED' ? 'Nothing listens there; is COUNTERSIGN_URL right?' : 'The connection failed.'
}
