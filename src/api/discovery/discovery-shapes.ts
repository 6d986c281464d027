/** Documents that everyone may read. RFC 7517; SPEC 6. */
import { z } from 'zod'
import { jsonObject } from '../wire-fields.ts'

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

export const Metadata = z
  .looseObject({
    issuer: z.url(),
    jwks_uri: z.url(),
    approvers_uri: z.url(),
    transaction_authorization_endpoint: z.url(),
    request_endpoint: z.url(),
    redemption_endpoint: z.url(),
    revocation_endpoint: z.url(),
    introspection_endpoint: z.url(),
    administration_endpoint: z.url(),
    log_uri: z.url(),
    log_origin: z.string(),
    log_vkey: z.string(),
    webhook_key: z.string(),
  })
  .meta({ id: 'Metadata', description: 'RFC 8414, with the endpoints and keys of this authority' })
export const Health = z.strictObject({ status: z.enum(['ok', 'unavailable']) }).meta({ id: 'Health' })
