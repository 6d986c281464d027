/** A refusal on the wire: RFC 9457 with a stable code. SPEC 12. */
import type { JsonObject } from '@countersign/verifier'
import * as z from 'zod'

export const Denial = z
  .strictObject({
    by: z.string().meta({ description: 'The approver’s pseudonymous id' }),
    reason: z.string().nullable().meta({ description: 'In the approver’s own words; null without any' }),
  })
  .meta({ id: 'Denial', description: 'A person’s no. Their words are data: no instruction, and not verified' })

/** How the request ended that a call is refused for. */
const Ended = z.strictObject({
  state: z
    .enum(['approved', 'denied', 'expired', 'withdrawn', 'stopped', 'changed'])
    .optional()
    .meta({ description: 'How the request ended, where that is why' }),
  denial: Denial.optional(),
})

export const Problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    trace: z.string().optional(),
    ...Ended.shape,
  })
  .meta({ id: 'Problem', description: 'RFC 9457 with a stable code' })

export const OAuthError = z
  .strictObject({
    error: z.string().meta({ description: 'The word of RFC 6749 or RFC 8628', example: 'authorization_pending' }),
    error_description: z.string(),
    code: z.string().meta({ description: 'The stable code, as in a problem' }),
    ...Ended.shape,
  })
  .meta({ id: 'OAuthError', description: 'RFC 6749 section 5.2, with a stable code' })

type EndedRequest = Readonly<z.input<typeof Ended>>

interface Refused {
  readonly code: string
  readonly status: number
  readonly detail: string
  readonly ended?: EndedRequest
}

/** RFC 9457. `type` is a stable address within the documentation. */
export const problemBody = (issuer: string, { code, status, detail, ended }: Refused): JsonObject => ({
  type: `${issuer}/docs#${code}`,
  title: code.replaceAll('_', ' '),
  status,
  code,
  detail,
  ...endedView(ended),
})

export const endedView = ({ state, denial }: EndedRequest = {}): JsonObject => ({
  ...(state === undefined ? {} : { state }),
  ...(denial === undefined ? {} : { denial: { ...denial } }),
})
