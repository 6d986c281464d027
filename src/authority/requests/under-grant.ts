/**
 * Finds the grant under which a call is approved at once: the policy still asks for people, and they have consented to a
 * series that this call is one of. Spends nothing: the redemption does. SPEC 4.6, 11.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Proposal } from '../../domain/approval/new-request.ts'
import { outsideGrant } from '../../domain/approval/outside-grant.ts'
import type { PermittedDecision, PolicyDecision } from '../../domain/policy/policy.ts'
import { covers } from '../../domain/policy/requirements.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { Uses } from '../deps.ts'

export interface Granted {
  readonly grant: ApprovalRequest
  /** As people consented to it, for one call. */
  readonly decision: AskingDecision
}

type AskingDecision = PermittedDecision & { readonly effect: 'approval' }

/** `outside`: why the latest grant that comes near does not cover the call. */
export interface GrantSearch {
  readonly granted?: Granted
  readonly outside?: Refusal
}

/** Looks at the grant that the proposal names, else at all of this agent for the action. */
export async function searchGrants(
  { store }: Uses<Pick<RequestStore, 'grantsFor' | 'request'>>,
  proposal: Proposal,
  decision: PolicyDecision,
): Promise<GrantSearch> {
  if (decision.effect !== 'approval' || proposal.bounds) return {}
  const { agent, executor, action, now, within } = proposal
  const near =
    within === null
      ? await store.grantsFor({ agent: agent.id, audience: executor.audience, name: action.name, now })
      : [await store.request(within)].filter((grant) => grant?.agent === agent.id)
  let outside: Refusal | undefined = within === null ? undefined : UNKNOWN
  for (const [at, grant] of near.entries()) {
    if (!grant) continue
    const refusal = (await outsideGrant(grant, proposal)) ?? (covers(grant.terms, decision) ? null : ASKS_OTHERWISE)
    if (refusal === null) return { granted: { grant, decision: decisionUnder(grant, decision) } }
    if (at === 0) outside = refusal
  }
  return outside ? { outside } : {}
}

const UNKNOWN: Refusal = { code: 'not_found', message: 'There is no such grant of this agent.' }
const ASKS_OTHERWISE: Refusal = {
  code: 'policy_denied',
  message: 'The policy no longer permits this call under a grant, or asks other people.',
}

function decisionUnder({ policy, terms }: ApprovalRequest, decision: AskingDecision): AskingDecision {
  const ttlSeconds = Math.min(terms.ttlSeconds, decision.terms.ttlSeconds)
  return { ...decision, policy, terms: { ...terms, ttlSeconds, uses: 1 } }
}
