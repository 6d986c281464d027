/** The versions of the policy in the store's contract: the newest is in force. `administer` adds one. SPEC 11. */
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { ListedPolicy, PolicyVersion } from '../../domain/policy/policy.ts'

export interface PolicyStore {
  /** The version in force; 0 where there is none. */
  policyInForce(): Promise<number>
  policyVersion(version: number): Promise<PolicyVersion | undefined>
  /** Without their texts, the latest first. */
  listPolicies(): Promise<readonly ListedPolicy[]>
  /** Puts the default policy in force where there is none. Idempotent. */
  ensurePolicy(first: { readonly policy: PolicyVersion; readonly entry: PreparedEntry }): Promise<void>
}
