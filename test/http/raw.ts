/** Calls as no client makes them: any header, any body, to any row of the endpoint table. */
import type { Auth } from '../../src/api/endpoint.ts'
import { type EndpointId, endpoints } from '../../src/api/endpoints.ts'
import { OPERATOR } from '../setup/authority.ts'
import type { Cast } from './cast.ts'

export interface RawCall {
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream | undefined
  readonly method?: string
}

/** An id of the right form that nothing has. */
export const NOBODYS_ID = 'A'.repeat(22)

export const pathOf = (id: EndpointId): string => endpoints[id].path.replaceAll(/:\w+/g, NOBODYS_ID)

export function callRaw({ authority }: Pick<Cast, 'authority'>, id: EndpointId, call: RawCall = {}): Promise<Response> {
  const init = { method: call.method ?? endpoints[id].method, headers: { ...call.headers }, body: call.body ?? null }
  return authority.fetch(authority.config.origin + pathOf(id), { ...init, ...({ duplex: 'half' } as object) })
}

export const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })

/** What a page of the authority sends beside its cookie. */
export const fromOwnPage = ({ authority }: Pick<Cast, 'authority'>) => ({
  origin: authority.config.origin,
  'sec-fetch-site': 'same-origin',
})

/** Headers of a caller that the endpoint is for. */
export function rightfulHeaders(cast: Cast, auth: Auth, cookie: string): Record<string, string> {
  if (auth === 'none') return fromOwnPage(cast)
  if (auth === 'session' || auth === 'admin') return { ...fromOwnPage(cast), cookie }
  if (auth === 'executor') return bearer(cast.forum.credential)
  if (auth.startsWith('operator') || auth === 'watcher' || auth === 'executor-operator-or-auditor')
    return bearer(OPERATOR)
  return bearer(cast.agentSecret)
}

/** Those that take a form answer as RFC 6749 has it. */
export const isOAuth = (id: EndpointId): boolean => 'form' in endpoints[id]

export const mediaTypeOf = (id: EndpointId): string =>
  isOAuth(id) ? 'application/x-www-form-urlencoded' : 'application/json'

export const ENDPOINT_IDS = Object.keys(endpoints) as EndpointId[]
export const authOf = (id: EndpointId): Auth => endpoints[id].auth
export const isUnsafe = (id: EndpointId): boolean => endpoints[id].method !== 'GET'
export const takesBody = (id: EndpointId): boolean => 'body' in endpoints[id] || 'form' in endpoints[id]
