/** The text that a draft begins with: the policy in force. SPEC 11.4. */
import { DEFAULT_POLICY } from '../../domain/policy/default-policy.ts'
import type { PolicyStore } from '../../store/contract/policy-store.ts'
import type { Uses } from '../deps.ts'

export async function firstDraft({ store }: Uses<PolicyStore>): Promise<string> {
  const version = await store.policyVersion(await store.policyInForce())
  return version?.text ?? DEFAULT_POLICY
}
