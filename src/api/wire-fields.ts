/** Fields that many shapes of the wire share. Objects are closed: unknown members are refused. SPEC 4, 12. */
import type { OutcomeReport } from '@countersign/verifier'
import * as z from 'zod'

export const digest = z
  .string()
  .regex(/^sha-256:[A-Za-z0-9_-]{43}$/, 'it is sha-256: and 43 characters of base64url')
  .meta({
    id: 'Digest',
    description: 'sha-256: and 43 base64url characters',
    example: 'sha-256:WPVi6EnQ7H9Fh-qk9ADxmTg8zruOdVUX1esl-v3TfCI',
  })

export const instant = z.int().nonnegative().meta({ description: 'Epoch seconds' })

const OUTCOMES = [
  'succeeded',
  'failed',
  'aborted',
  'indeterminate',
] as const satisfies readonly OutcomeReport['outcome'][]
export const reportedOutcome = z.enum(OUTCOMES)

export const jsonObject = z.record(z.string(), z.unknown())

/** Any JSON object, kept as it is: a record of zod would leave out a member named `__proto__`, which is data too. */
export const untouchedObject = z
  .unknown()
  .refine((searchText) => typeof searchText === 'object' && searchText !== null && !Array.isArray(searchText), {
    error: ({ input }) => (input === undefined ? 'missing JSON object' : 'not a JSON object'),
  })
  .meta({ type: 'object' }) as z.ZodType<Record<string, unknown>>

/** 128 random bits in hex: a W3C trace id. */
export const traceId = z.string().regex(/^[0-9a-f]{32}$/, 'a trace id is 32 hex characters')

/** A whole number in a query, where everything is text. */
export const wholeNumber = (max: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, 'a whole number')
    .transform(Number)
    .refine((searchText) => searchText <= max, `at most ${max}`)

/** How many of something are asked for: a page of none would read as if there were none. */
export const amountUpTo = (max: number) => wholeNumber(max).refine((amount) => amount > 0, 'at least 1')

export const position = wholeNumber(Number.MAX_SAFE_INTEGER)

export const Revocation = z.strictObject({ revoked: z.literal(true) })
export const revocationView = (): z.input<typeof Revocation> => ({ revoked: true })
