/** The endpoints of observations: a draft decides beside the policy in force for a while. SPEC 11.8. */
import { define } from '../endpoint.ts'
import * as s from './observation-shapes.ts'

const drafter = { callers: ['operator'], session: 'admin' } as const

export const observationEndpoints = define('administration', {
  startObservation: {
    ...drafter,
    method: 'POST',
    path: '/policy/observations',
    large: true,
    summary: 'Let a draft decide beside the policy in force for a while. Changes no decision',
    body: s.ObservationOrder,
    status: 201,
    response: s.ObservationView,
    refusals: ['rate_limited'],
  },
  listObservations: {
    ...drafter,
    method: 'GET',
    path: '/policy/observations',
    summary: 'List the drafts that are or were observed, and what they were counted by',
    response: s.ObservationsView,
  },
  viewObservation: {
    ...drafter,
    method: 'GET',
    path: '/policy/observations/:id',
    summary: 'Read what an observed draft would have decided otherwise',
    response: s.ObservationReportView,
    refusals: ['not_found'],
  },
  stopObservation: {
    ...drafter,
    method: 'POST',
    path: '/policy/observations/:id/stop',
    summary: 'Stop an observation',
    response: s.ObservationView,
    refusals: ['rate_limited', 'not_found'],
  },
})
