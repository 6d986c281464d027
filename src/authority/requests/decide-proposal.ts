/** Asks the policy about a proposal: a single call as it is, a series by calls at the ends of its bounds. SPEC 11. */
import type { Proposal } from '../../domain/approval/new-request.ts'
import { concerns } from '../../domain/policy/history/fact.ts'
import type { Policy } from '../../domain/policy/policy.ts'
import type { Deps } from '../deps.ts'
import type { DecidedCall } from '../drafts/observer.ts'
import { type AskNeeds, askSeries, askUnlessLeft, deniedForLeaver, type KnowingDecision } from '../policy/ask-policy.ts'
import { NO_HISTORY } from '../policy/known-history.ts'

/** Whether facts concern the call. */
export const isCounted = (policy: Policy, name: string): boolean =>
  policy.facts.some((fact) => concerns(fact, name)) || policy.reads(name).history.length > 0

export async function decideOn(deps: AskNeeds, policy: Policy, proposal: Proposal): Promise<KnowingDecision> {
  const call = callOf(proposal)
  const { bounds } = proposal
  // The request that it takes the place of is no call beside it.
  if (!bounds) return askUnlessLeft(deps, policy, call, proposal.change?.former ?? null)
  const left = await deniedForLeaver(deps, policy, proposal)
  if (left) return { decision: left, people: null, known: NO_HISTORY }
  return { decision: await askSeries(deps, policy, { ...call, bounds }), people: null, known: NO_HISTORY }
}

const callOf = ({ agent, actors, principal, executor, action, preview, stateDigest, now }: Proposal) => ({
  agent,
  actors,
  principal,
  executor,
  name: action.name,
  resource: action.resource,
  arguments: action.arguments,
  preview: preview?.content ?? null,
  state: stateDigest,
  now,
})

/** The decision about a call, for a draft that is observed. The calls of a grant are noticed one by one. */
export function noticeDecision(
  { observer }: Pick<Deps, 'observer'>,
  proposal: Proposal,
  decided: Omit<DecidedCall, 'call'>,
): void {
  if (proposal.bounds === null) observer.notice({ ...decided, call: callOf(proposal) })
}
