/**
 * Looks at every answer an authority gives in a test, and holds every refusal to one contract, whoever asked for what.
 *
 * In: a test authority. Out: the same authority with a watched `fetch`, and what was seen through it.
 * A refusal is problem+json (OAuth JSON at the OAuth endpoints) with a code of the closed list, that code's status,
 * a sentence that helps, and neither secret, token, stack nor cause.
 */
import { ERROR_CODES, ERROR_STATUS, type ErrorCode } from '@countersign/verifier'
import { expect } from 'vitest'
import { type EndpointId, endpoints } from '../../src/api/endpoints.ts'
import { Problem } from '../../src/api/problem.ts'
import { createClient } from '../../src/client/client.ts'
import { OPERATOR, type TestAuthority } from '../setup/authority.ts'
import { jwsIn } from '../setup/jws-in.ts'
import { isOAuth as isOAuthEndpoint } from './raw.ts'

export interface Sighting {
  /** Undefined for what is not in the table: pages, and nothing at all. */
  readonly endpoint: EndpointId | undefined
  readonly status: number
  /** Undefined for a success. */
  readonly code: ErrorCode | undefined
}

export interface WatchedAuthority extends TestAuthority {
  readonly seen: readonly Sighting[]
}

export function watch(authority: TestAuthority): WatchedAuthority {
  const seen: Sighting[] = []
  const fetch: TestAuthority['fetch'] = async (url, init) => {
    const response = await authority.fetch(url, init)
    const endpoint = endpointAt(init?.method ?? 'GET', new URL(url, authority.config.origin).pathname)
    // Readiness says 503 in its own words.
    const isRefusal = response.status >= 400 && endpoint !== 'ready'
    const code = !isRefusal ? undefined : await refusalIn(response.clone(), endpoint, init)
    seen.push({ endpoint, status: response.status, code })
    return response
  }
  const client = (credential: string) => createClient({ origin: authority.config.origin, credential, fetch })
  return { ...authority, fetch, client, operator: client(OPERATOR), seen }
}

const IDS = Object.keys(endpoints) as EndpointId[]
const patterns = IDS.map((id) => ({
  id,
  method: endpoints[id].method,
  path: new RegExp(`^${endpoints[id].path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`),
}))

const endpointAt = (method: string, path: string): EndpointId | undefined =>
  patterns.find((pattern) => pattern.method === method && pattern.path.test(path))?.id

/** The code of a refusal, once it has been found to be one that may leave the house. */
async function refusalIn(response: Response, endpoint: EndpointId | undefined, init: RequestInit | undefined) {
  const text = await response.text()
  const isOAuth = endpoint !== undefined && isOAuthEndpoint(endpoint) && response.status < 500
  expect(response.headers.get('content-type')).toBe(isOAuth ? 'application/json' : 'application/problem+json')
  expect(response.headers.get('cache-control')).toBe('no-store')
  const body = JSON.parse(text)
  const { code, detail } = isOAuth ? oauthRefusal(body) : Problem.parse(body)
  expect(ERROR_CODES).toContain(code)
  if (!isOAuth) expectFittingStatus(response.status, code as ErrorCode, body.status)
  expectHelpful(detail)
  expectNothingSecret(text, response, init)
  if (response.status === 429 || response.status === 503) expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
  if (code === 'unauthenticated') expect(response.headers.get('www-authenticate')).toBe('Bearer')
  return code as ErrorCode
}

function oauthRefusal(body: { error?: unknown; error_description?: unknown; code?: unknown }) {
  expect(body.error).toMatch(/^[a-z_]+$/)
  return { code: String(body.code), detail: String(body.error_description) }
}

/** A body at fault may have a more telling status than its code. */
const BODY_STATUSES = [400, 405, 409, 413, 415, 422]

function expectFittingStatus(status: number, code: ErrorCode, stated: unknown): void {
  expect(stated).toBe(status)
  if (code === 'invalid_request') expect(BODY_STATUSES).toContain(status)
  else expect(status).toBe(ERROR_STATUS[code])
}

/** A sentence, or some: long enough to say what to do, short enough to be read. */
function expectHelpful(detail: string): void {
  expect(detail).toMatch(/^.{10,400}[.!]$/su)
  expect(detail).not.toMatch(/undefined|\[object|TypeError|expected .* received NaN/)
}

const SECRETS = [
  /cs_(agent|executor|operator|auditor)_[A-Za-z0-9_-]{43}/,
  /\bat .*\(?\/?.*\.(ts|js|mjs):\d+/, // a line of a stack
  /"stack"|"cause"|node_modules|postgres|SELECT |INSERT /,
]

function expectNothingSecret(text: string, response: Response, init: RequestInit | undefined): void {
  for (const secret of SECRETS) expect(text).not.toMatch(secret)
  expect(jwsIn(text)).toEqual([])
  expect(response.headers.getSetCookie()).toEqual([])
  const cookie = /=([^;]{20,})/.exec(new Headers(init?.headers).get('cookie') ?? '')?.[1]
  if (cookie) expect(text).not.toContain(cookie)
}

export const refusalCode = (answer: { ok: boolean; problem?: { code: string } }): string | undefined =>
  answer.ok ? undefined : answer.problem?.code

/** That a client's answer is this refusal. The rest was held against the contract when it came in. */
export function expectRefusal(
  answer: { ok: boolean; status: number; problem?: { code: string } },
  code: ErrorCode,
): void {
  expect({ ok: answer.ok, code: answer.problem?.code }).toEqual({ ok: false, code })
}
