/** Refusals as responses, without a secret, a token, a stack or another party's data. SPEC 12. */
import { ERROR_STATUS } from '@countersign/verifier'
import { endedView, problemBody } from '../../api/problem.ts'
import type { Refusal } from '../../domain/refusal.ts'

/** Headers that say what to do next, as the code does. */
const adviceOf = ({ code, retryAfterSeconds }: Refusal) => ({
  ...(code === 'unauthenticated' ? { 'www-authenticate': 'Bearer' } : {}),
  ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
})

const statusOf = (refusal: Refusal): number => refusal.status ?? ERROR_STATUS[refusal.code]

/** RFC 9457. */
export function problemResponse(issuer: string, refusal: Refusal): Response {
  const status = statusOf(refusal)
  const body = problemBody(issuer, { ...refusal, status, detail: refusal.message })
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...adviceOf(refusal),
    },
  })
}

/** Codes that RFC 6749 section 5.2 has a word for. The rest are `invalid_request`. */
const OAUTH_ERRORS: Readonly<Partial<Record<Refusal['code'], string>>> = {
  unauthenticated: 'invalid_client',
  forbidden: 'unauthorized_client',
  policy_denied: 'access_denied',
}

/** The refusal of an OAuth endpoint: RFC 6749 section 5.2, with the stable code beside its word. */
export function oauthError(refusal: Refusal): Response {
  const { code, message, ended } = refusal
  const error = refusal.oauthError ?? OAUTH_ERRORS[code] ?? 'invalid_request'
  const status = code === 'rate_limited' || code === 'unauthenticated' ? statusOf(refusal) : 400
  return new Response(JSON.stringify({ error, error_description: message, code, ...endedView(ended) }), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...adviceOf(refusal) },
  })
}
