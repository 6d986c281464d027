/** Routes of absences. */
import { absenceView } from '../../api/people/absence-shapes.ts'
import { revocationView } from '../../api/wire-fields.ts'
import type { Services } from '../../authority/compose.ts'
import { ok } from '../../domain/refusal.ts'
import type { Router } from '../call/router.ts'

export function serveAbsences(router: Router, { absences }: Services): void {
  router.serve('listAbsences', async ({ caller }) => ok({ absences: (await absences.list(caller)).map(absenceView) }))
  router.serve('offerAbsence', ({ caller, body }) => absences.offer(caller, body))
  router.serve('stateAbsence', ({ caller, body }) => absences.state(caller, body.assertion), absenceView)
  router.serve('endAbsence', ({ caller, param }) => absences.end(caller, param('id')), revocationView)
}
