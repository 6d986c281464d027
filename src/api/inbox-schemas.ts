/**
 * The shapes of the wire for consenting to several requests with one gesture.
 *
 * A request stands in a batch once, and the order is the order that is signed. SPEC 5, 6.
 */
import { ERROR_CODES } from '@countersign/verifier'
import { z } from 'zod'
import { base64url22, credentialJson } from './schemas.ts'

export const MAX_BATCH = 16

const batch = z
  .array(base64url22)
  .min(2, 'a batch has at least 2 requests')
  .max(MAX_BATCH, `a batch has at most ${MAX_BATCH} requests`)
  .refine((ids) => new Set(ids).size === ids.length, 'a request stands in a batch once')
  .meta({ description: 'Ids of the requests, in the order in which they are shown and signed' })

export const Batch = z.strictObject({ requests: batch }).meta({ id: 'Batch' })
export const BatchOffer = z
  .strictObject({
    options: z.record(z.string(), z.unknown()),
    statements: z.array(z.record(z.string(), z.unknown())),
  })
  .meta({
    id: 'BatchOffer',
    description: 'What the passkey is about to sign, in order, and the WebAuthn options for it',
  })
export const BatchConsent = z.strictObject({ requests: batch, assertion: credentialJson }).meta({ id: 'BatchConsent' })
export const BatchAnswered = z
  .strictObject({
    answers: z.array(
      z.strictObject({
        id: base64url22,
        verdict: z.enum(['consented', 'refused']),
        state: z.string(),
        consents: z.int(),
        quorum: z.int(),
        code: z.enum(ERROR_CODES).optional().meta({ description: 'Why it was refused' }),
        detail: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'BatchAnswered', description: 'One verdict for each, in order' })
