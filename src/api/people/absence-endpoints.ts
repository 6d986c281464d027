/** The endpoints of absences: times in which a person is away, and their deputy. SPEC 10.11. */
import { define } from '../endpoint.ts'
import { Revocation } from '../wire-fields.ts'
import * as s from './absence-shapes.ts'

const own = { callers: [], session: 'any' } as const

export const absenceEndpoints = define('approvers', {
  listAbsences: {
    callers: ['operator', 'auditor'],
    session: 'any',
    method: 'GET',
    path: '/absences',
    summary: 'List absences that are under way or planned; approvers see those in which they have a part',
    response: s.Absences,
  },
  offerAbsence: {
    ...own,
    method: 'POST',
    path: '/absence/options',
    summary: 'Begin to state that one is away, and who answers in one’s place',
    body: s.AbsenceStart,
    response: s.AbsenceOffer,
    refusals: ['not_found', 'rate_limited'],
  },
  stateAbsence: {
    ...own,
    method: 'POST',
    path: '/absence',
    summary: 'State it, with a passkey',
    body: s.AbsenceSignature,
    status: 201,
    response: s.AbsenceShape,
    refusals: ['consent_invalid', 'not_found'],
  },
  endAbsence: {
    callers: ['operator'],
    session: 'any',
    method: 'DELETE',
    path: '/absences/:id',
    summary: 'End it at once, as the person, the deputy, an admin or the operator',
    response: Revocation,
    refusals: ['not_found'],
  },
})
