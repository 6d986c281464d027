/**
 * Finds the grant under which a call is approved at once: the policy still asks for people, and they have consented to a
 * series that this call is one of. Spends nothing: the redemption does. SPEC 4.6, 11.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { callOf, isOpenGrant } from '../../domain/approval/grant.ts'
import type { Proposal } from '../../domain/approval/new-request.ts'
import type { PolicyDecision } from '../../domain/policy/policy.ts'
import { covers } from '../../domain/policy/requirements.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { Uses } from '../deps.ts'

export interface Granted {
  readonly grant: ApprovalRequest
  /** As people consented to it, for one call. */
  readonly decision: PolicyDecision & { readonly effect: 'approval' }
}

export async function grantedTo(
  { store }: Uses<Pick<RequestStore, 'grantsFor'>>,
  proposal: Proposal,
  decision: PolicyDecision,
): Promise<Granted | undefined> {
  if (decision.effect !== 'approval' || proposal.bounds || proposal.jkt === null) return undefined
  const { agent, executor, action, now } = proposal
  const open = await store.grantsFor({ agent: agent.id, audience: executor.audience, name: action.name, now })
  for (const grant of open) {
    if (!isOpenGrant(grant, now) || !covers(grant.terms, decision)) continue
    if ((await callOf(grant, proposal)) !== undefined) return { grant, decision: decisionUnder(grant, decision) }
  }
  return undefined
}

function decisionUnder({ policy, terms }: ApprovalRequest, decision: Granted['decision']): Granted['decision'] {
  const ttlSeconds = Math.min(terms.ttlSeconds, decision.terms.ttlSeconds)
  return { ...decision, policy, terms: { ...terms, ttlSeconds, uses: 1 } }
}
