/** The endpoints by which agents learn what policy would decide, and executors whether a call may run (AuthZEN 1.0). */
import { define } from '../endpoint.ts'
import * as s from './evaluation-shapes.ts'

const evaluation = {
  method: 'POST',
  large: true,
  malformed: 400,
  headers: ['X-Request-ID'],
} as const

export const evaluationEndpoints = define('agents', {
  evaluateAccess: {
    ...evaluation,
    path: '/access/v1/evaluation',
    callers: ['agent', 'executor'],
    newWork: true,
    summary: 'Ask what policy would decide about an action (AuthZEN 1.0)',
    description:
      'Asks nobody and opens no request. A denial is 200; where people could approve, its context has access_request. For an executor, whose call it is, a yes is an entry of the ledger: it may make the call now, without a token.',
    body: s.Evaluation,
    response: s.Decision,
    refusals: ['rate_limited', 'not_found'],
  },
  evaluateAccesses: {
    ...evaluation,
    path: '/access/v1/evaluations',
    callers: ['agent'],
    summary: 'Ask the same about several actions',
    description:
      'At most 32, one after another. With deny_on_first_deny or permit_on_first_permit the answer ends with the first of that kind.',
    body: s.Evaluations,
    response: s.Decisions,
    refusals: ['rate_limited', 'not_found'],
  },
})
