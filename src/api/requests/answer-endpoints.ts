/** The endpoints of approvers: their inbox, consent and denial, of one request and of several at once. */
import { define } from '../endpoint.ts'
import * as s from './answer-shapes.ts'
import { RequestView } from './request-shapes.ts'

/** For everyone who is signed in. */
const own = { callers: [], session: 'any' } as const

/** Where a request cannot be consented to, or no more. */
const UNANSWERABLE = [
  'action_mismatch',
  'not_found',
  'killed',
  'request_denied',
  'request_expired',
  'rate_limited',
] as const

export const answerEndpoints = define('approvers', {
  inbox: {
    ...own,
    method: 'GET',
    path: '/inbox',
    summary: 'Requests that wait for this approver',
    headers: ['Prefer', 'If-None-Match'],
    query: s.InboxQuery,
    response: s.Inbox,
  },
  inboxEvents: {
    ...own,
    method: 'GET',
    path: '/inbox/events',
    summary:
      'Follow the inbox as server-sent events: `inbox` with its version and the number of waiting requests, at each change and every 15 seconds',
    query: s.InboxQuery,
    produces: ['text/event-stream'],
    refusals: ['rate_limited'],
  },
  offerConsent: {
    ...own,
    method: 'POST',
    path: '/approvals/:id/options',
    summary: 'Get the statement to consent to',
    response: s.ConsentOffer,
    refusals: ['forbidden', 'policy_denied', ...UNANSWERABLE],
  },
  consent: {
    ...own,
    method: 'POST',
    path: '/approvals/:id/consent',
    summary: 'Consent, with the passkey’s signature over that statement',
    body: s.ConsentAnswer,
    response: s.AnswerView,
    refusals: ['consent_invalid', 'forbidden', 'policy_denied', ...UNANSWERABLE],
  },
  revise: {
    ...own,
    method: 'POST',
    path: '/approvals/:id/revision',
    large: true,
    summary: 'Change arguments that the catalogue calls changeable; nothing changes until that is signed',
    body: s.Revise,
    response: s.Revision,
    refusals: ['policy_denied', 'state_changed', ...UNANSWERABLE],
  },
  offerRevision: {
    ...own,
    method: 'POST',
    path: '/approvals/:id/revision/options',
    summary: 'Get the statement of the changed call to consent to',
    response: s.ConsentOffer,
    refusals: ['policy_denied', ...UNANSWERABLE],
  },
  signRevision: {
    ...own,
    method: 'POST',
    path: '/approvals/:id/revision/consent',
    summary: 'Consent to the changed call, which takes the place of the request',
    body: s.ConsentAnswer,
    response: s.AnswerView,
    refusals: ['consent_invalid', 'policy_denied', ...UNANSWERABLE],
  },
  proposeGrant: {
    ...own,
    method: 'POST',
    path: '/approvals/:id/grant',
    summary:
      'Propose a grant for calls like the one that waits: a request of its own, which can be signed together with it',
    newWork: true,
    body: s.GrantLike,
    status: 201,
    response: RequestView,
    refusals: ['policy_denied', ...UNANSWERABLE],
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
    refusals: ['forbidden', 'policy_denied', ...UNANSWERABLE],
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
