/** The endpoints that are open to everyone: keys, metadata, status lists, health. */
import { define } from '../endpoint.ts'
import { jsonObject } from '../wire-fields.ts'
import * as s from './discovery-shapes.ts'

/** Open to everyone. */
const document = { method: 'GET', callers: 'anyone' } as const

export const discoveryEndpoints = define('discovery', {
  jwks: {
    ...document,
    path: '/.well-known/jwks.json',
    summary: 'Signing keys',
    response: s.Jwks,
  },
  approverKeys: {
    ...document,
    path: '/.well-known/approvers.json',
    summary: 'Approvers’ public keys',
    response: s.ApproverKeys,
  },
  metadata: {
    ...document,
    path: '/.well-known/oauth-authorization-server',
    summary: 'Metadata (RFC 8414)',
    response: s.Metadata,
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
    response: jsonObject,
  },
  health: {
    ...document,
    path: '/healthz',
    summary: 'Whether the process runs',
    response: s.Health,
  },
  ready: {
    ...document,
    path: '/readyz',
    summary: 'The authority can serve',
    response: s.Health,
  },
})
