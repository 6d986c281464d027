/**
 * Checks that the other agents of a decision, its actor and the proven links of its chain, are registered and not
 * revoked. SPEC 2.4, 11.
 */
import type { Proposal } from '../../domain/approval/new-request.ts'
import type { PolicyDecision } from '../../domain/policy/policy.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'

/** The decision, or a denial where its actor, or a link of the chain, is not there. */
export async function forKnownAgents(
  { store }: Uses<CallerStore>,
  { actors }: Pick<Proposal, 'actors'>,
  decision: PolicyDecision,
): Promise<PolicyDecision> {
  if (decision.effect === 'deny') return decision
  const isKnown = async (id: string) => (await store.agent(id))?.revokedAt === null
  for (const link of actors)
    if (!(await isKnown(link))) return denied(decision, `${link}, for which the agent acts, was revoked.`)
  const { actor } = decision.terms
  if (actor === null || (await isKnown(actor))) return decision
  return denied(decision, `The policy sends the token to ${actor}, which is no registered agent. Ask an admin.`)
}

const denied = ({ policy, policies }: PolicyDecision, reason: string): PolicyDecision => ({
  effect: 'deny',
  policy,
  policies,
  reason,
})
