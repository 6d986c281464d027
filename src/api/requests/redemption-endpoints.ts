/** The endpoints of executors: redeem a token, report its outcome, report a refused call. */
import { define } from '../endpoint.ts'
import * as s from './redemption-shapes.ts'

/** For executors. */
const reported = { method: 'POST', callers: ['executor'], tag: 'executors', status: 201, refusals: [] } as const

export const redemptionEndpoints = define({
  redeem: {
    ...reported,
    path: '/redemptions',
    summary: 'Redeem a token, exactly once',
    newWork: true,
    body: s.PresentedToken,
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
    ],
  },
  reportOutcome: {
    ...reported,
    path: '/redemptions/:jti/outcome',
    summary: 'Report the outcome of a redeemed token',
    body: s.OutcomeReport,
    response: s.OutcomeReceipt,
    refusals: ['not_found', 'token_redeemed'],
  },
  reportRefusal: {
    ...reported,
    path: '/refusals',
    summary: 'Report a refused call: attempts belong to the record too',
    newWork: true,
    body: s.RefusalReport,
    response: s.RefusalReceipt,
    refusals: ['rate_limited'],
  },
})
