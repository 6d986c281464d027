/** The endpoints that are open to everyone: keys, metadata, status lists, health. RFC 7517; SPEC 6. */
import * as z from 'zod'
import { define } from './endpoint.ts'
import { PdpMetadata } from './policy/evaluation-shapes.ts'
import { jsonObject } from './wire-fields.ts'

const Jwks = z.strictObject({ keys: z.array(jsonObject) }).meta({ id: 'Jwks' })

const ApproverKeys = z
  .strictObject({
    rp_id: z.string(),
    origins: z.array(z.string()),
    approvers: z.array(
      z.strictObject({ approver: z.string(), agents: z.array(z.string()), keys: z.array(jsonObject) }),
    ),
  })
  .meta({ id: 'ApproverKeys' })

const Metadata = z
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
const Health = z.strictObject({ status: z.enum(['ok', 'unavailable']) }).meta({ id: 'Health' })

/** Open to everyone. */
const document = { method: 'GET', callers: 'anyone' } as const

export const discoveryEndpoints = define('discovery', {
  jwks: {
    ...document,
    path: '/.well-known/jwks.json',
    summary: 'Signing keys',
    response: Jwks,
  },
  approverKeys: {
    ...document,
    path: '/.well-known/approvers.json',
    summary: 'Approvers’ public keys',
    response: ApproverKeys,
  },
  metadata: {
    ...document,
    path: '/.well-known/oauth-authorization-server',
    summary: 'Metadata (RFC 8414)',
    response: Metadata,
  },
  authzenConfiguration: {
    ...document,
    path: '/.well-known/authzen-configuration',
    summary: 'The authority as a policy decision point (AuthZEN 1.0)',
    response: PdpMetadata,
  },
  statusList: {
    ...document,
    path: '/status/:list',
    summary: 'Signed status list (Token Status List)',
    produces: ['application/statuslist+jwt'],
    refusals: ['not_found'],
  },
  openapi: {
    ...document,
    path: '/openapi.json',
    summary: 'This description',
    headers: ['If-None-Match'],
    response: jsonObject,
    refusals: ['rate_limited'],
  },
  health: {
    ...document,
    path: '/healthz',
    summary: 'Whether the process runs',
    response: Health,
  },
  ready: {
    ...document,
    path: '/readyz',
    summary: 'The authority can serve',
    response: Health,
  },
})
