/** The endpoints of administration: changes to the authority, the parties it knows, and what they use. SPEC 3, 10. */
import { define } from '../endpoint.ts'
import { CollectedToken, RequestView } from '../requests/request-shapes.ts'
import { Revocation } from '../wire-fields.ts'
import { Agents, Approvers, ChangeOrder, ChangeResult, Executors, FirstAdminLink } from './party-shapes.ts'
import { ReviewView } from './review-shapes.ts'

/** For operators and admins. */
const managed = { callers: ['operator'], session: 'admin' } as const

export const partyEndpoints = define('administration', {
  openAdministration: {
    method: 'POST',
    path: '/admin/requests',
    summary: 'Propose a change to the authority, as a signed-in admin',
    callers: [],
    session: 'admin',
    newWork: true,
    body: ChangeOrder,
    status: 201,
    response: RequestView,
    refusals: ['policy_denied', 'rate_limited', 'not_found'],
  },
  administer: {
    ...managed,
    method: 'POST',
    path: '/admin/actions',
    summary:
      'Make an approved change; its token is in Approval-Token. Before there is an admin the operator needs none',
    stops: true,
    newWork: true,
    headers: ['Approval-Token', 'DPoP'],
    body: ChangeOrder,
    status: 201,
    response: ChangeResult,
    refusals: [
      'consent_invalid',
      'proof_of_possession',
      'token_missing',
      'token_malformed',
      'token_signature',
      'token_audience',
      'token_expired',
      'action_mismatch',
      'token_redeemed',
      'policy_denied',
      'forbidden',
      'not_found',
    ],
  },
  collectAdministration: {
    method: 'POST',
    path: '/admin/requests/:id/token',
    summary: 'Collect the token of one’s own change',
    callers: [],
    session: 'admin',
    response: CollectedToken,
    refusals: ['request_pending', 'request_denied', 'request_expired', 'policy_denied', 'not_found', 'forbidden'],
  },
  metrics: {
    method: 'GET',
    path: '/metrics',
    summary: 'Figures of this process and its backlog, for a monitoring system (OpenMetrics 1.0)',
    callers: ['operator', 'auditor'],
    produces: ['application/openmetrics-text'],
  },
  diagnosis: {
    method: 'GET',
    path: '/diagnosis',
    summary:
      'What the authority finds about its own set-up, as server-sent events: `diagnosis`, then four `beat`s a quarter of a second apart, which a proxy that buffers gives out at once',
    callers: ['operator'],
    produces: ['text/event-stream'],
    refusals: ['rate_limited'],
  },
  firstAdminLink: {
    method: 'POST',
    path: '/admin/first-admin-link',
    summary: 'Get the one-time link for the first admin. On Workers only: elsewhere it is printed at start',
    callers: ['operator'],
    response: FirstAdminLink,
    refusals: ['forbidden'],
  },
  listAgents: {
    ...managed,
    method: 'GET',
    path: '/agents',
    summary: 'List agents and their credentials',
    response: Agents,
  },
  revokeAgent: {
    ...managed,
    method: 'DELETE',
    path: '/agents/:id',
    summary: 'Revoke an agent, its credentials, its requests and its live tokens',
    stops: true,
    response: Revocation,
    refusals: ['not_found', 'forbidden'],
  },
  listExecutors: {
    ...managed,
    method: 'GET',
    path: '/executors',
    summary: 'List executors, their catalogues and credentials',
    response: Executors,
  },
  revokeExecutor: {
    ...managed,
    method: 'DELETE',
    path: '/executors/:id',
    summary: 'Revoke an executor and its credentials; the id is its audience, percent-encoded',
    stops: true,
    response: Revocation,
    refusals: ['not_found', 'forbidden'],
  },
  revokeCredential: {
    ...managed,
    method: 'DELETE',
    path: '/credentials/:id',
    summary: 'Revoke one credential',
    stops: true,
    response: Revocation,
    refusals: ['not_found'],
  },
  listApprovers: {
    ...managed,
    method: 'GET',
    path: '/approvers',
    summary: 'List approvers and their passkeys',
    response: Approvers,
  },
  review: {
    ...managed,
    method: 'GET',
    path: '/review',
    summary: 'The actions that each agent and executor may use, used within 30 and 90 days, and never used',
    response: ReviewView,
  },
  removeAction: {
    ...managed,
    method: 'DELETE',
    path: '/executors/:id/actions/:name',
    summary: 'Remove an action from an executor’s catalogue. Policy refuses it from then on',
    stops: true,
    response: Revocation,
    refusals: ['not_found', 'forbidden'],
  },
})
