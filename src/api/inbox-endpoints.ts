/**
 * The endpoints of the inbox beside its list: its events, and consent to several requests with one gesture.
 *
 * In: nothing. Out: rows of the endpoint table.
 */
import { define } from './endpoint.ts'
import * as s from './inbox-schemas.ts'

export const inboxEndpoints = define({
  inboxEvents: {
    method: 'GET',
    path: '/inbox/events',
    summary:
      'The inbox as server-sent events: `inbox` with its version and how many requests wait, at each change and every 15 seconds',
    callers: [],
    session: 'any',
    tag: 'approvers',
    status: 200,
    refusals: ['rate_limited'],
  },
  offerBatch: {
    method: 'POST',
    path: '/approvals/options',
    summary: 'Be offered the statements of 2 to 16 requests, to consent to with one gesture',
    callers: [],
    session: 'any',
    tag: 'approvers',
    body: s.Batch,
    status: 200,
    response: s.BatchOffer,
    refusals: ['not_found', 'forbidden', 'request_denied', 'request_expired', 'killed', 'rate_limited'],
  },
  consentBatch: {
    method: 'POST',
    path: '/approvals/consent',
    summary: 'Consent to them, with one signature over all statements; each has its own verdict',
    callers: [],
    session: 'any',
    tag: 'approvers',
    body: s.BatchConsent,
    status: 200,
    response: s.BatchAnswered,
    refusals: ['consent_invalid', 'not_found', 'rate_limited'],
  },
})
