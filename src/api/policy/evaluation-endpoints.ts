/** The endpoints by which an agent learns what policy would decide, as AuthZEN 1.0 names them. */
import { define } from '../endpoint.ts'
import * as s from './evaluation-shapes.ts'

const evaluation = {
  method: 'POST',
  callers: ['agent'],
  large: true,
  malformed: 400,
  headers: ['X-Request-ID'],
} as const

export const evaluationEndpoints = define('agents', {
  evaluateAccess: {
    ...evaluation,
    path: '/access/v1/evaluation',
    summary: 'Ask what policy would decide about an action (AuthZEN 1.0)',
    description:
      'Asks nobody and opens no request. A denial is 200; where people could approve, its context has access_request.',
    body: s.Evaluation,
    response: s.Decision,
    refusals: ['rate_limited', 'not_found'],
  },
  evaluateAccesses: {
    ...evaluation,
    path: '/access/v1/evaluations',
    summary: 'Ask the same about several actions',
    description:
      'At most 32, one after another. With deny_on_first_deny or permit_on_first_permit the answer ends with the first of that kind.',
    body: s.Evaluations,
    response: s.Decisions,
    refusals: ['rate_limited', 'not_found'],
  },
})
