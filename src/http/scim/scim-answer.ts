/** Answers as SCIM has them, refusals included. RFC 7644, 3.1 and 3.12. */
import { ERROR_STATUS, type JsonObject } from '@countersign/verifier'
import type { Refusal } from '../../domain/refusal.ts'
import { errorView } from '../../domain/scim/views.ts'

export function scimAnswer(body: JsonObject | null, status: number, headers: Readonly<Record<string, string>> = {}) {
  return new Response(body === null ? null : JSON.stringify(body), {
    status,
    headers: {
      ...(body === null ? {} : { 'content-type': 'application/scim+json' }),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  })
}

export function scimRefusal(refusal: Refusal): Response {
  const { code, message: detail, scimType, retryAfterSeconds } = refusal
  const status = refusal.status ?? ERROR_STATUS[code]
  return scimAnswer(errorView({ status, detail, scimType }), status, {
    ...(code === 'unauthenticated' ? { 'www-authenticate': 'Bearer' } : {}),
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  })
}
