/** The endpoints of executors: redeem a token, report its outcome, report a refused call. */
import { define } from '../endpoint.ts'
import * as s from './redemption-shapes.ts'

export const redemptionEndpoints = define('executors', {
  redeem: {
    method: 'POST',
    path: '/redemptions',
    summary: 'Redeem a token, exactly once',
    callers: ['executor'],
    newWork: true,
    body: s.PresentedToken,
    status: 201,
    response: s.RedemptionView,
    refusals: [
      'token_malformed',
      'token_type',
      'token_algorithm',
      'token_signature',
      'token_issuer',
      'token_audience',
      'token_expired',
      'token_not_yet_valid',
      'token_redeemed',
      'token_revoked',
      'killed',
      'policy_denied',
      'rate_limited',
    ],
  },
  reportOutcome: {
    method: 'POST',
    path: '/redemptions/:jti/outcome',
    large: true,
    summary: 'Report the outcome of a redeemed token',
    callers: ['executor'],
    body: s.OutcomeReport,
    status: 201,
    response: s.OutcomeReceipt,
    refusals: ['rate_limited', 'not_found', 'token_redeemed'],
  },
  reportRefusal: {
    method: 'POST',
    path: '/refusals',
    summary: 'Report a refused call: attempts belong to the record too',
    callers: ['executor'],
    newWork: true,
    body: s.RefusalReport,
    status: 201,
    response: s.RefusalReceipt,
    refusals: ['rate_limited'],
  },
})
