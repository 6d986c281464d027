/** The endpoints that are open to everyone: keys, metadata, status lists, health. */
import { define } from '../endpoint.ts'
import { jsonObject } from '../wire-fields.ts'
import * as s from './discovery-shapes.ts'

export const discoveryEndpoints = define('discovery', {
  jwks: {
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'Signing keys',
    callers: 'anyone',
    response: s.Jwks,
  },
  approverKeys: {
    method: 'GET',
    path: '/.well-known/approvers.json',
    summary: 'Approvers’ public keys',
    callers: 'anyone',
    response: s.ApproverKeys,
  },
  metadata: {
    method: 'GET',
    path: '/.well-known/oauth-authorization-server',
    summary: 'Metadata (RFC 8414)',
    callers: 'anyone',
    response: s.Metadata,
  },
  statusList: {
    method: 'GET',
    path: '/status/:list',
    summary: 'Signed status list (Token Status List)',
    callers: 'anyone',
    produces: ['application/statuslist+jwt'],
    refusals: ['not_found'],
  },
  openapi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description',
    callers: 'anyone',
    response: jsonObject,
  },
  health: {
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the process runs',
    callers: 'anyone',
    response: s.Health,
  },
  ready: {
    method: 'GET',
    path: '/readyz',
    summary: 'The authority can serve',
    callers: 'anyone',
    response: s.Health,
  },
})
