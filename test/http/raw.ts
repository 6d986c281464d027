/** Calls as no client makes them: any header, any body, to any row of the endpoint table. */
import type { Endpoint } from '../../src/api/endpoint.ts'
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
export function rightfulHeaders(cast: Cast, id: EndpointId, cookie: string): Record<string, string> {
  const secrets = { agent: cast.agentSecret, executor: cast.forum.credential, operator: OPERATOR, auditor: '' }
  const { callers }: Endpoint = endpoints[id]
  if (callers === 'anyone') return fromOwnPage(cast)
  const [kind] = callers
  return kind ? bearer(secrets[kind]) : { ...fromOwnPage(cast), cookie }
}

/** Those that take a form answer as RFC 6749 has it. */
export const isOAuth = (id: EndpointId): boolean => 'form' in endpoints[id]

export const mediaTypeOf = (id: EndpointId): string =>
  isOAuth(id) ? 'application/x-www-form-urlencoded' : 'application/json'

export const ENDPOINT_IDS = Object.keys(endpoints) as EndpointId[]
/** The kinds of caller that the endpoint is for: none where it is open to all. */
export function callersOf(id: EndpointId): readonly string[] {
  const { callers, session }: Endpoint = endpoints[id]
  if (callers === 'anyone') return []
  return [...callers, ...(session ? [session === 'admin' ? 'admin' : 'session'] : [])]
}
export const isUnsafe = (id: EndpointId): boolean => endpoints[id].method !== 'GET'
export const takesBody = (id: EndpointId): boolean => 'body' in endpoints[id] || 'form' in endpoints[id]
