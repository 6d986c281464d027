/** The versions of the policy, for callers who may read them. SPEC 11. */
import type { ListedPolicy, PolicyVersion } from '../../domain/policy/policy.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { PolicyStore } from '../../store/contract/policy-store.ts'
import type { Uses } from '../deps.ts'

export interface PolicyHistory {
  readonly inForce: number
  /** The latest first. */
  readonly versions: readonly ListedPolicy[]
}

export async function readPolicyHistory({ store }: Uses<PolicyStore>): Promise<PolicyHistory> {
  const [inForce, versions] = await Promise.all([store.policyInForce(), store.listPolicies()])
  return { inForce, versions }
}

/** `version`: a number as text. Refuses: `not_found`. */
export async function readPolicy({ store }: Uses<PolicyStore>, version: string): Promise<Result<PolicyVersion>> {
  const policy = /^[1-9]\d{0,8}$/.test(version) ? await store.policyVersion(Number(version)) : undefined
  return policy ? ok(policy) : refuse('not_found', 'There is no such version of the policy. List them first.')
}
