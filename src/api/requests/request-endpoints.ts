/** The endpoints of agents: propose, look, collect, withdraw, relay an executor's challenge. */
import { define } from '../endpoint.ts'
import * as s from './request-shapes.ts'
import { TransactionAnswer, TransactionForm } from './transaction-shapes.ts'

export const requestEndpoints = define({
  openRequest: {
    method: 'POST',
    path: '/requests',
    summary: 'Propose an action. Prefer: wait=N holds the answer until it is decided',
    callers: ['agent', 'operator'],
    tag: 'agents',
    body: s.Proposal,
    status: 201,
    response: s.RequestView,
    refusals: ['policy_denied', 'killed', 'rate_limited', 'not_found'],
  },
  viewRequest: {
    method: 'GET',
    path: '/requests/:id',
    summary: 'See how a request stands. Prefer: wait=N polls long',
    callers: ['agent', 'operator'],
    tag: 'agents',
    status: 200,
    response: s.RequestView,
    refusals: ['not_found'],
  },
  collectToken: {
    method: 'POST',
    path: '/requests/:id/token',
    summary:
      'Collect the approval token, as its actor. A DPoP proof binds it to a key; Prefer: wait=N waits for the answer',
    callers: ['agent', 'operator'],
    tag: 'agents',
    status: 200,
    response: s.CollectedToken,
    refusals: [
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
    tag: 'agents',
    status: 200,
    response: s.RequestView,
    refusals: ['request_denied', 'request_expired', 'not_found'],
  },
  transaction: {
    method: 'POST',
    path: '/oauth/transaction',
    summary: 'Relay an executor’s challenge, or poll one that was relayed (draft-rosomakho-oauth-txn-challenge)',
    callers: ['agent'],
    tag: 'agents',
    form: TransactionForm,
    status: 200,
    response: TransactionAnswer,
    refusals: [],
  },
})
