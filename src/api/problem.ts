/** A refusal on the wire: RFC 9457 with a stable code. SPEC 12. */
import type { JsonObject } from '@countersign/verifier'
import { z } from 'zod'

export const Problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    trace: z.string().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 with a stable code' })

export const OAuthError = z
  .strictObject({
    error: z.string().meta({ description: 'The word of RFC 6749 or RFC 8628', example: 'authorization_pending' }),
    error_description: z.string(),
    code: z.string().meta({ description: 'The stable code, as in a problem' }),
  })
  .meta({ id: 'OAuthError', description: 'RFC 6749 section 5.2, with a stable code' })

/** RFC 9457. `type` is a stable address within the documentation. */
export const problemBody = (
  issuer: string,
  problem: { readonly code: string; readonly status: number; readonly detail: string },
): JsonObject => ({
  type: `${issuer}/docs#${problem.code}`,
  title: problem.code.replaceAll('_', ' '),
  status: problem.status,
  code: problem.code,
  detail: problem.detail,
})
