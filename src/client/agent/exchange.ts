/**
 * One HTTP exchange with an authority: a call, and its answer or refusal.
 *
 * Rejects only when the caller's own signal aborts. Follows no redirect, so that a credential goes nowhere but to the
 * configured origin. JSON is read strictly. It never retries, and does not look at the shape of an answer.
 */
import { type JsonValue, parseJson } from '@countersign/verifier'
import { type Problem, problemOf, unusable } from './read-problem.ts'

export type Fetch = (url: string, init: RequestInit) => Promise<Response> | Response

export interface ConnectionOptions {
  /** Sent as a bearer token to the authority and nowhere else. */
  readonly credential?: string | undefined
  /** Default: the global fetch. */
  readonly fetch?: Fetch | undefined
  /** Time that an answer may take beyond the time that a call asks to wait. Default 30 s. */
  readonly timeoutMs?: number | undefined
}

export interface Connection {
  readonly origin: string
  readonly credential: string | undefined
  readonly fetch: Fetch
  readonly timeoutMs: number
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Sends `Prefer: wait=N`, and waits that much longer for the answer. */
  readonly waitSeconds?: number
  /** The one thing a call rejects for, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

export interface HttpCall extends CallOptions {
  readonly method: string
  /** With its query, where it has one. */
  readonly path: string
  readonly body?: unknown
  readonly form?: Members
  /** Sends no credential: the endpoint asks for none. */
  readonly anonymous?: boolean
}

export type Members = Readonly<Record<string, string | undefined>>

/** The end of a call. `status` is 0 and `headers` empty where the authority gave no answer at all. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T; readonly status: number; readonly headers: Headers }
  | { readonly ok: false; readonly problem: Problem; readonly status: number; readonly headers: Headers }

const DEFAULT_TIMEOUT_MS = 30_000

/** Throws `TypeError` when `origin` is not an origin. */
export function connect(origin: string, options: ConnectionOptions): Connection {
  if (new URL(origin).origin !== origin) throw new TypeError(`${origin} is not an origin, such as https://host:port`)
  const { credential, fetch = globalThis.fetch, timeoutMs = DEFAULT_TIMEOUT_MS } = options
  return { origin, credential, fetch: (url, init) => fetch(url, init), timeoutMs }
}

/** Sends the call. The value is parsed JSON, or text, or undefined where there was no content. */
export async function send(connection: Connection, call: HttpCall): Promise<Answer<unknown>> {
  try {
    const response = await connection.fetch(connection.origin + call.path, {
      method: call.method,
      headers: headersOf(connection, call),
      body: bodyOf(call),
      redirect: 'manual',
      signal: deadline(connection, call),
    })
    return read(response, await response.text())
  } catch (cause) {
    call.signal?.throwIfAborted()
    if (!(cause instanceof TypeError) && !isTimeout(cause)) throw cause
    return { ok: false, problem: unusable(reasonOf(cause)), status: 0, headers: new Headers() }
  }
}

function headersOf({ credential }: Connection, call: HttpCall): Record<string, string> {
  return {
    Accept: 'application/json, application/problem+json, */*;q=0.1',
    ...(credential === undefined || call.anonymous ? {} : { Authorization: `Bearer ${credential}` }),
    ...(call.body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(call.form === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' }),
    ...(call.waitSeconds === undefined ? {} : { Prefer: `wait=${call.waitSeconds}` }),
    ...call.headers,
  }
}

function bodyOf({ body, form }: HttpCall): string | null {
  if (form !== undefined) return encodeMembers(form)
  return body === undefined ? null : JSON.stringify(body)
}

/** As a form, and as a query: members without a value are left out. */
export function encodeMembers(members: Members): string {
  const given = Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return new URLSearchParams(given).toString()
}

function deadline({ timeoutMs }: Connection, { waitSeconds = 0, signal }: CallOptions): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs + waitSeconds * 1000)
  return signal ? AbortSignal.any([signal, timeout]) : timeout
}

function read(response: Response, text: string): Answer<unknown> {
  const { status, headers, ok } = response
  const body = contentOf(headers, text)
  if (!ok) return { ok, problem: problemOf(response, body), status, headers }
  return { ok, value: body ?? (text || undefined), status, headers }
}

function contentOf(headers: Headers, text: string): JsonValue | undefined {
  if (!/^application\/(\w+\+)?json\b/i.test(headers.get('Content-Type') ?? '')) return undefined
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

const isTimeout = (cause: unknown) => cause instanceof DOMException && cause.name === 'TimeoutError'

function reasonOf(cause: unknown): string {
  if (isTimeout(cause)) return 'It took too long.'
  const inner = cause instanceof Error ? cause.cause : undefined
  const isRefused = inner instanceof Error && 'code' in inner && inner.code === 'ECONNREFUSED'
  return isRefused ? 'Nothing listens there.' : 'The connection failed.'
}
