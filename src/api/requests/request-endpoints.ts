/** The endpoints of agents: propose, look, collect, withdraw, relay an executor's challenge. */
import { define } from '../endpoint.ts'
import * as list from './request-list-shapes.ts'
import * as s from './request-shapes.ts'

export const requestEndpoints = define('agents', {
  openRequest: {
    method: 'POST',
    path: '/requests',
    summary: 'Propose an action',
    callers: ['agent', 'operator'],
    newWork: true,
    headers: ['Prefer', 'Idempotency-Key', 'DPoP', 'traceparent'],
    body: s.Proposal,
    status: 201,
    response: s.RequestView,
    refusals: ['policy_denied', 'killed', 'rate_limited', 'not_found'],
  },
  listRequests: {
    method: 'GET',
    path: '/requests',
    summary:
      'List requests, newest first: an agent its own, an executor those made to it, an approver those of their groups, others all',
    callers: ['agent', 'executor', 'operator', 'auditor'],
    session: 'any',
    query: list.RequestQuery,
    response: list.RequestsPage,
    refusals: ['rate_limited'],
  },
  viewRequest: {
    method: 'GET',
    path: '/requests/:id',
    summary: 'Read the state of a request',
    callers: ['agent', 'operator'],
    headers: ['Prefer'],
    response: s.RequestView,
    refusals: ['rate_limited', 'not_found'],
  },
  collectToken: {
    method: 'POST',
    path: '/requests/:id/token',
    summary: 'Collect the approval token, as its actor',
    callers: ['agent', 'operator'],
    newWork: true,
    headers: ['Prefer', 'DPoP'],
    response: s.CollectedToken,
    refusals: [
      'rate_limited',
      'request_pending',
      'request_denied',
      'request_expired',
      'policy_denied',
      'consent_invalid',
      'quorum_unmet',
      'proof_of_possession',
      'killed',
      'forbidden',
      'not_found',
    ],
  },
  withdrawRequest: {
    method: 'POST',
    path: '/requests/:id/withdraw',
    summary: 'Take a pending request back',
    callers: ['agent', 'operator'],
    response: s.RequestView,
    refusals: ['rate_limited', 'request_denied', 'request_expired', 'not_found'],
  },
  transaction: {
    method: 'POST',
    path: '/oauth/transaction',
    summary: 'Relay an executor’s challenge, or poll one that was relayed (draft-rosomakho-oauth-txn-challenge)',
    description:
      'An executor answers a call without a token with a challenge only where the call says Accept-Txn-Challenge: ?1. The challenge is transaction_challenge in WWW-Authenticate, or in the body where it is over 4 KiB. To relay it opens a transaction; its id is then polled until the token is there. Refusals are RFC 6749 errors: authorization_pending, slow_down (leave five seconds more), access_denied, expired_token.',
    callers: ['agent'],
    newWork: true,
    headers: ['Prefer', 'DPoP'],
    form: s.TransactionForm,
    response: s.TransactionAnswer,
  },
})
