/**
 * The request that a revision makes: the same parties, name, resource and deadline, other arguments, decided by policy
 * anew. Saves nothing. SPEC 5.2.
 */
import { unclearPath } from '../../../domain/action/argument-path.ts'
import type { ApprovalRequest } from '../../../domain/approval/approval-request.ts'
import { openedRequest, type Proposal } from '../../../domain/approval/new-request.ts'
import { pathsOfUndo } from '../../../domain/catalogue/undo.ts'
import type { PermittedDecision, Policy, PolicyDecision } from '../../../domain/policy/policy.ts'
import { ok, type Result, refuse } from '../../../domain/refusal.ts'
import type { Revised } from '../../../store/contract/revision-store.ts'
import { forKnownAgents } from '../../policy/known-agents.ts'
import type { KnownHistory } from '../../policy/known-history.ts'
import { begunProposal } from '../ask.ts'
import { decideOn } from '../decide-proposal.ts'
import type { HoldDeps } from '../hold.ts'
import { fitsToken, readsTwoWays } from '../room-for-request.ts'
import { withinSession } from '../within-session.ts'

export interface RevisedRequest {
  readonly former: ApprovalRequest
  readonly proposal: Proposal
  readonly decision: PermittedDecision
  readonly known: KnownHistory
  readonly request: ApprovalRequest
}

/** Undefined where the agent or the executor is gone. */
export async function revisedProposal(
  deps: HoldDeps,
  former: ApprovalRequest,
  by: string,
  { id, action, preview, stateDigest }: Revised,
): Promise<Proposal | undefined> {
  const [agent, executor] = await Promise.all([deps.store.agent(former.agent), deps.store.executor(former.audience)])
  if (!agent || !executor) return undefined
  const { txn, door, undoes, proposedBy, principal, act, actors, jkt, expiresAt } = former
  const parties = { proposedBy, agent, executor, principal, act, actors }
  return {
    ...(await begunProposal(deps, executor, action, { bounds: null, jkt })),
    ...{ id, txn, door, undoes, ...parties, action, preview, stateDigest, expiresAt },
    change: { former: former.id, by, round: former.round + 1 },
    // An executor's reason is about the arguments that it knew.
    reason: door === 'executor' ? null : former.reason,
  }
}

/** Refuses: `policy_denied`, `invalid_request`. */
export async function decideRevised(
  deps: HoldDeps,
  policy: Policy,
  former: ApprovalRequest,
  given: Proposal,
): Promise<Result<RevisedRequest>> {
  const proposal = await withinSession(deps, policy, given)
  const { decision: asked, known } = await decideOn(deps, policy, proposal)
  const decision = askingPeople(await forKnownAgents(deps, proposal, asked), former)
  if (decision.effect === 'deny') return refuse('policy_denied', `${decision.reason} Nothing was changed.`)
  const request = await openedRequest(proposal, decision, policy)
  const { undo } = request.catalogueEntry
  const unclear = unclearPath(request.catalogueEntry, proposal.action.arguments, undo ? pathsOfUndo(undo) : [])
  if (unclear !== undefined) return readsTwoWays(unclear)
  const fitting = fitsToken(deps, request)
  return fitting.ok ? ok({ former, proposal, decision, known, request }) : fitting
}

/** Somebody is asked already: where the policy would ask nobody about the changed call, the same people decide. */
const askingPeople = (decision: PolicyDecision, { terms }: ApprovalRequest): PolicyDecision =>
  decision.effect === 'allow' ? { ...decision, effect: 'approval', terms } : decision
