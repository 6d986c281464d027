/** The endpoints that read the policy. It is changed by an approved action. SPEC 11. */
import { define } from '../endpoint.ts'
import { PoliciesView, PolicyView } from './policy-shapes.ts'

const read = { method: 'GET', callers: ['operator', 'auditor'], session: 'any' } as const

export const policyEndpoints = define('administration', {
  listPolicies: {
    ...read,
    path: '/policies',
    summary: 'List the versions of the policy, and which one is in force',
    response: PoliciesView,
  },
  viewPolicy: {
    ...read,
    path: '/policies/:version',
    summary: 'Read one version of the policy',
    response: PolicyView,
    refusals: ['not_found'],
  },
})
