/** Routes of observed drafts of the policy. */
import { observationReportView, observationsView, observationView } from '../../api/policy/observation-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import { ok } from '../../domain/refusal.ts'
import type { Router } from '../call/router.ts'

export function serveObservations(router: Router, { observing, policies }: Services): void {
  router.serve('startObservation', ({ caller, body }) => observing.start(caller, body), observationView)
  router.serve('stopObservation', ({ caller, param }) => observing.stop(caller, param('id')), observationView)
  router.serve('listObservations', async () => ok(await policies.observed()), observationsView)
  router.serve('viewObservation', ({ param }) => observing.read(param('id')), observationReportView)
}
