/**
 * The endpoints of least privilege; part of the table in `endpoints.ts`. SPEC 3, 10.
 */
import { define } from './endpoint.ts'
import * as s from './review-schemas.ts'
import { Revoked } from './schemas.ts'

export const reviewEndpoints = define({
  review: {
    method: 'GET',
    path: '/review',
    summary: 'What each agent and executor was allowed, used in 30 and 90 days, and never used',
    callers: ['operator'],
    session: 'admin',
    tag: 'administration',
    status: 200,
    response: s.Review,
    refusals: [],
  },
  removeAction: {
    method: 'DELETE',
    path: '/executors/:id/actions/:name',
    summary: 'Take an action out of an executor’s catalogue: from then on policy refuses it. Makes things safer',
    callers: ['operator'],
    session: 'admin',
    stops: true,
    tag: 'administration',
    status: 200,
    response: Revoked,
    refusals: ['not_found', 'forbidden'],
  },
})
