/** A policy can send the token to another identity: to a registered agent that is not revoked, and to nobody else. SPEC 11. */
import type { PolicyDecision } from '../../domain/policy/policy.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'

/** The decision, or a denial where its actor is not there. */
export async function forKnownActor({ store }: Uses<CallerStore>, decision: PolicyDecision): Promise<PolicyDecision> {
  if (decision.effect === 'deny' || decision.terms.actor === null) return decision
  const actor = await store.agent(decision.terms.actor)
  if (actor?.revokedAt === null) return decision
  const { policy, policies } = decision
  const reason = `The policy sends the token to ${decision.terms.actor}, which is no registered agent. Ask an admin.`
  return { effect: 'deny', policy, policies, reason }
}
