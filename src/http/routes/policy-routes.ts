/** Routes that read the policy. */
import { policiesView, policyView } from '../../api/policy/policy-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import { ok } from '../../domain/refusal.ts'
import type { Router } from '../call/router.ts'

export function servePolicies(router: Router, { policies }: Services): void {
  router.serve('listPolicies', async () => ok(await policies.history()), policiesView)
  router.serve('viewPolicy', ({ param }) => policies.read(param('version')), policyView)
}
