/**
 * Decides on a proposal, with the terms of consent: the one place that asks the policy. An engine that throws, or whose
 * terms are out of bounds, means deny; so does an agent or an executor that is gone, a principal the agent may not act
 * for, or a state that the catalogue demands and nobody named. SPEC 11.
 */
import { destroysForGood } from '../action/typed-target.ts'
import type { CatalogueEntry } from '../identity/parties.ts'
import type { Policy, PolicyDecision, PolicyQuery, Terms } from './policy.ts'

const isUpTo = (most: number, value: number): boolean => Number.isInteger(value) && value >= 1 && value <= most

const withinBounds = ({ approvers, quorum, ttlSeconds, uses, grantUses = 0 }: Terms): boolean =>
  isUpTo(8, quorum) &&
  isUpTo(600, ttlSeconds) &&
  isUpTo(1000, uses) &&
  (grantUses === 0 || isUpTo(1000, grantUses)) &&
  approvers.every(({ groups, count }) => groups.length > 0 && isUpTo(8, count)) &&
  approvers.reduce((sum, { count }) => sum + count, 0) === quorum

const GRANT_USES = 100

/** Where the policy says nothing: no grant for what destroys for good, or is consented to one by one. */
function grantUsesOf({ stateRequired, typedTarget }: Terms, entry: CatalogueEntry | undefined): number {
  if (!entry || entry.state === 'required' || stateRequired || typedTarget) return 0
  return destroysForGood(entry) ? 0 : GRANT_USES
}

const STATE_REQUIRED =
  'Approvals of this action are bound to the state that its executor shows: call it without a token and relay its challenge. That has to name a state.'

/** Never throws. */
export async function decide(policy: Policy, query: PolicyQuery): Promise<PolicyDecision> {
  const deny = (reason: string): PolicyDecision => ({ effect: 'deny', policy: policy.digest, policies: [], reason })
  if (query.agent.revokedAt !== null) return deny('The agent has been revoked.')
  if (query.executor.revokedAt !== null) return deny('The executor has been revoked.')
  if (!query.agent.principals.includes(query.principal)) return deny('The agent may not act for this principal.')
  const entry = query.executor.catalogue.find(({ name }) => name === query.name)
  if (entry?.state === 'required' && query.state === null) return deny(STATE_REQUIRED)
  try {
    const decision = await policy.decide(query)
    if (decision.effect === 'deny') return decision
    if (!withinBounds(decision.terms)) return deny('The policy gave terms out of bounds.')
    if (decision.terms.stateRequired && query.state === null) return deny(STATE_REQUIRED)
    const { grantUses = grantUsesOf(decision.terms, entry) } = decision.terms
    return { ...decision, terms: { ...decision.terms, grantUses } }
  } catch {
    return deny('The policy could not be evaluated.')
  }
}
