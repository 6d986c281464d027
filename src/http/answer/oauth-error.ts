/**
 * A refusal of the OAuth endpoints: RFC 6749 error JSON, with the stable code beside it. RFC 6749 section 5.2; SPEC 12.
 */
import type { Refusal } from '../../domain/refusal.ts'
import { statusOf } from './problem-response.ts'

/** Codes that RFC 6749 section 5.2 has a word for. The rest are `invalid_request`. */
const OAUTH_ERRORS: Readonly<Partial<Record<Refusal['code'], string>>> = {
  unauthenticated: 'invalid_client',
  forbidden: 'unauthorized_client',
  policy_denied: 'access_denied',
}

export function oauthError({ code, message, oauthError, retryAfterSeconds, ...rest }: Refusal): Response {
  const error = oauthError ?? OAUTH_ERRORS[code] ?? 'invalid_request'
  const status = code === 'rate_limited' || code === 'unauthenticated' ? statusOf({ code, message, ...rest }) : 400
  return new Response(JSON.stringify({ error, error_description: message, code }), {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(code === 'unauthenticated' ? { 'www-authenticate': 'Bearer' } : {}),
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
  })
}
