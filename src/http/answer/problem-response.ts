/**
 * A refusal as a response: RFC 9457, one mapping for all endpoints.
 *
 * In: a `Refusal`. Out: a response without a secret, a token, a stack or another party's data. SPEC 12.
 */
import { ERROR_STATUS } from '@countersign/verifier'
import { problemBody } from '../../api/problem.ts'
import type { Refusal } from '../../domain/refusal.ts'

/** Codes that ask the caller to authenticate say so in the header too. */
const CHALLENGE = { 'www-authenticate': 'Bearer' }

export const statusOf = (refusal: Refusal): number => refusal.status ?? ERROR_STATUS[refusal.code]

export function problemResponse(issuer: string, refusal: Refusal): Response {
  const status = statusOf(refusal)
  return new Response(JSON.stringify(problemBody(issuer, { code: refusal.code, status, detail: refusal.message })), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(refusal.code === 'unauthenticated' ? CHALLENGE : {}),
      ...(refusal.retryAfterSeconds === undefined ? {} : { 'retry-after': String(refusal.retryAfterSeconds) }),
    },
  })
}
