/** The endpoints of stopping: kill switches, revocation, introspection, and the executors' event stream. SPEC 9. */
import { define } from '../endpoint.ts'
import { Revocation } from '../wire-fields.ts'
import * as s from './stop-shapes.ts'

/** For operators and approvers. */
const stopping = { callers: ['operator'], session: 'approver' } as const

/** For operators, auditors and everyone who is signed in. */
const watched = { method: 'GET', callers: ['operator', 'auditor'], session: 'any' } as const

export const stopEndpoints = define('stop', {
  engageKillSwitch: {
    ...stopping,
    method: 'POST',
    path: '/killswitches',
    summary: 'Stop everything that a selector names, at once. No passkey is needed: making things safer is easy',
    stops: true,
    headers: ['Idempotency-Key'],
    body: s.KillSwitchOrder,
    status: 201,
    response: s.EngagedSwitchView,
    refusals: ['rate_limited'],
  },
  listKillSwitches: {
    ...watched,
    path: '/killswitches',
    summary: 'List kill switches: the active ones, then the recently released',
    response: s.KillSwitches,
  },
  previewKillSwitch: {
    ...stopping,
    method: 'GET',
    path: '/killswitches/preview',
    summary: 'Preview what a selector would hit now. Without members it selects everything',
    query: s.Selector,
    response: s.ReachView,
  },
  viewKillSwitch: {
    ...watched,
    path: '/killswitches/:id',
    summary: 'Read one kill switch: its effect, and the executors that confirmed it',
    response: s.WatchedSwitchView,
    refusals: ['not_found'],
  },
  revokeToken: {
    ...stopping,
    method: 'DELETE',
    path: '/tokens/:jti',
    summary: 'Revoke one token. A call in flight that it allowed is cut off',
    stops: true,
    response: Revocation,
    refusals: ['not_found'],
  },
  revokeRequest: {
    ...stopping,
    method: 'DELETE',
    path: '/requests/:id',
    summary: 'End one request, waiting or approved, with the token it led to',
    stops: true,
    response: Revocation,
    refusals: ['not_found'],
  },
  oauthRevoke: {
    method: 'POST',
    path: '/oauth/revoke',
    summary: 'Revoke a token by its text (RFC 7009). An unknown or ended token is no error',
    callers: ['agent', 'executor', 'operator'],
    stops: true,
    form: s.TokenForm,
    refusals: ['rate_limited'],
  },
  introspect: {
    method: 'POST',
    path: '/oauth/introspect',
    summary: 'Whether a token could be redeemed now (RFC 7662). Changes nothing',
    callers: ['executor', 'operator', 'auditor'],
    form: s.TokenForm,
    response: s.IntrospectionView,
    refusals: ['rate_limited'],
  },
  executorEvents: {
    method: 'GET',
    path: '/executor/events',
    summary:
      'Server-sent events for one executor: `killswitch`, `stop`, `status` (a signed status list) and each second `heartbeat`. Last-Event-ID resumes',
    callers: ['executor'],
    tag: 'executors',
    headers: ['Last-Event-ID'],
    produces: ['text/event-stream'],
    refusals: ['rate_limited'],
  },
  confirmStop: {
    method: 'POST',
    path: '/executor/confirmations',
    summary: 'Confirm a stop, with the number of calls that it cut off',
    callers: ['executor'],
    tag: 'executors',
    body: s.StopConfirmation,
    status: 201,
    response: s.StopReceipt,
    refusals: ['rate_limited', 'not_found'],
  },
})
