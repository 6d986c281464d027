/** The endpoints of approvers: their inbox, consent and denial, of one request and of several at once. */
import { define } from '../endpoint.ts'
import * as s from './answer-shapes.ts'

/** For everyone who is signed in. */
const own = { callers: [], session: 'any' } as const

export const answerEndpoints = define('approvers', {
  inbox: {
    ...own,
    method: 'GET',
    path: '/inbox',
    summary: 'Requests that wait for this approver',
    headers: ['Prefer', 'If-None-Match'],
    response: s.Inbox,
  },
  inboxEvents: {
    ...own,
    method: 'GET',
    path: '/inbox/events',
    summary:
      'Follow the inbox as server-sent events: `inbox` with its version and the number of waiting requests, at each change and every 15 seconds',
    produces: ['text/event-stream'],
    refusals: ['rate_limited'],
  },
  offerConsent: {
    ...own,
    method: 'POST',
    path: '/approvals/:id/options',
    summary: 'Get the statement to consent to',
    response: s.ConsentOffer,
    refusals: ['not_found', 'forbidden', 'killed', 'request_denied', 'request_expired', 'rate_limited'],
  },
  consent: {
    ...own,
    method: 'POST',
    path: '/approvals/:id/consent',
    summary: 'Consent, with the passkey’s signature over that statement',
    body: s.ConsentAnswer,
    response: s.AnswerView,
    refusals: [
      'consent_invalid',
      'not_found',
      'forbidden',
      'killed',
      'request_denied',
      'request_expired',
      'rate_limited',
    ],
  },
  deny: {
    ...own,
    method: 'POST',
    path: '/approvals/:id/deny',
    summary: 'Deny',
    body: s.Denial,
    response: s.AnswerView,
    refusals: ['not_found', 'forbidden', 'request_denied', 'request_expired'],
  },
  offerBatch: {
    ...own,
    method: 'POST',
    path: '/approvals/options',
    summary: 'Get the statements of 2 to 16 requests, to consent to with one gesture',
    body: s.Batch,
    response: s.BatchOffer,
    refusals: ['not_found', 'forbidden', 'request_denied', 'request_expired', 'killed', 'rate_limited'],
  },
  consentBatch: {
    ...own,
    method: 'POST',
    path: '/approvals/consent',
    summary: 'Consent to them, with one signature over all statements; each has its own verdict',
    body: s.BatchConsent,
    response: s.BatchAnswers,
    refusals: ['consent_invalid', 'not_found', 'rate_limited'],
  },
})
