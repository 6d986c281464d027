/** A token presented by its executor, and what the executor reports. SPEC 6, 8. */
import { ERROR_CODES } from '@countersign/verifier'
import * as z from 'zod'
import type { Redemption } from '../../authority/tokens/redeem.ts'
import { base64url22 } from '../../domain/identity/identifiers.ts'
import { instant, reportedOutcome } from '../wire-fields.ts'
import { Preview } from './request-shapes.ts'

export const PresentedToken = z.strictObject({ token: z.string().max(12_288) }).meta({ id: 'Redeem' })

export const RedemptionView = z
  .strictObject({ jti: base64url22, request: base64url22, trace: z.string(), use: z.int(), redeemed_at: instant })
  .meta({ id: 'Redemption' })

export const redemptionView = ({ redeemedAt, ...redemption }: Redemption): z.input<typeof RedemptionView> => ({
  ...redemption,
  redeemed_at: redeemedAt,
})

export const OutcomeReport = z
  .strictObject({
    use: z.int().min(1).max(1000).default(1),
    outcome: reportedOutcome,
    result: Preview.optional(),
    detail: z.string().max(2000).optional(),
  })
  .meta({ id: 'ReportOutcome' })

export const OutcomeReceipt = z
  .strictObject({ jti: base64url22, use: z.int(), outcome: z.string() })
  .meta({ id: 'OutcomeReported' })

export const RefusalReport = z
  .strictObject({
    code: z.enum(ERROR_CODES, 'expected one of the codes that calls are refused with'),
    name: z
      .string()
      .regex(/^[A-Za-z0-9._:/-]{1,128}$/)
      .meta({ description: 'Name of the action that was tried' }),
    jti: base64url22.optional(),
    request: base64url22.optional(),
    agent: z.string().min(1).max(64).optional().meta({ description: 'Whose call it was, where nobody was asked' }),
  })
  .meta({ id: 'ReportRefusal' })

export const RefusalReceipt = z.strictObject({ trace: z.string() }).meta({ id: 'RefusalReported' })
