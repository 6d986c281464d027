/** The endpoints of approvers: their inbox, consent and denial, of one request and of several at once. */
import { define } from '../endpoint.ts'
import { Assertion } from '../people/passkey-shapes.ts'
import * as s from './answer-shapes.ts'

export const answerEndpoints = define('approvers', {
  inbox: {
    method: 'GET',
    path: '/inbox',
    summary: 'Requests that wait for this approver',
    callers: [],
    session: 'any',
    headers: ['Prefer', 'If-None-Match'],
    response: s.Inbox,
  },
  inboxEvents: {
    method: 'GET',
    path: '/inbox/events',
    summary:
      'Follow the inbox as server-sent events: `inbox` with its version and the number of waiting requests, at each change and every 15 seconds',
    callers: [],
    session: 'any',
    produces: ['text/event-stream'],
    refusals: ['rate_limited'],
  },
  offerConsent: {
    method: 'POST',
    path: '/approvals/:id/options',
    summary: 'Get the statement to consent to',
    callers: [],
    session: 'any',
    response: s.ConsentOffer,
    refusals: ['not_found', 'forbidden', 'killed', 'request_denied', 'request_expired', 'rate_limited'],
  },
  consent: {
    method: 'POST',
    path: '/approvals/:id/consent',
    summary: 'Consent, with the passkey’s signature over that statement',
    callers: [],
    session: 'any',
    body: Assertion,
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
    method: 'POST',
    path: '/approvals/:id/deny',
    summary: 'Deny',
    callers: [],
    session: 'any',
    body: s.Denial,
    response: s.AnswerView,
    refusals: ['not_found', 'forbidden', 'request_denied', 'request_expired'],
  },
  offerBatch: {
    method: 'POST',
    path: '/approvals/options',
    summary: 'Get the statements of 2 to 16 requests, to consent to with one gesture',
    callers: [],
    session: 'any',
    body: s.Batch,
    response: s.BatchOffer,
    refusals: ['not_found', 'forbidden', 'request_denied', 'request_expired', 'killed', 'rate_limited'],
  },
  consentBatch: {
    method: 'POST',
    path: '/approvals/consent',
    summary: 'Consent to them, with one signature over all statements; each has its own verdict',
    callers: [],
    session: 'any',
    body: s.BatchConsent,
    response: s.BatchAnswers,
    refusals: ['consent_invalid', 'not_found', 'rate_limited'],
  },
})
