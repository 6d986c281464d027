/** Documents that everyone may read. RFC 7517; SPEC 6. */
import { z } from 'zod'
import { jsonObject } from '../fields.ts'

export const Jwks = z.strictObject({ keys: z.array(jsonObject) }).meta({ id: 'Jwks' })

export const ApproverKeys = z
  .strictObject({
    rp_id: z.string(),
    origins: z.array(z.string()),
    approvers: z.array(
      z.strictObject({ approver: z.string(), agents: z.array(z.string()), keys: z.array(jsonObject) }),
    ),
  })
  .meta({ id: 'ApproverKeys' })

export const Health = z.strictObject({ status: z.enum(['ok', 'unavailable']) }).meta({ id: 'Health' })
