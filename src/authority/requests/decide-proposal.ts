/** Puts a proposal to the policy: a call by itself, a series by calls at the ends of its bounds. SPEC 11. */
import type { JsonObject } from '@countersign/verifier'
import type { Proposal } from '../../domain/approval/new-request.ts'
import { decideSeries } from '../../domain/policy/decide-series.ts'
import { concerns } from '../../domain/policy/history/fact.ts'
import type { Policy } from '../../domain/policy/policy.ts'
import { type AskNeeds, askKnowing, askVersion, type KnowingDecision } from '../policy/ask-policy.ts'
import { NO_HISTORY } from '../policy/known-history.ts'

/** Whether facts concern the call. */
export const isCounted = (policy: Policy, name: string): boolean =>
  policy.facts.some((fact) => concerns(fact, name)) || policy.reads(name).history.length > 0

export async function decideOn(
  deps: AskNeeds,
  policy: Policy,
  { action, preview, stateDigest, bounds, ...proposal }: Proposal,
): Promise<KnowingDecision> {
  const call = {
    agent: proposal.agent,
    principal: proposal.principal,
    executor: proposal.executor,
    name: action.name,
    resource: action.resource,
    preview: preview?.content ?? null,
    state: stateDigest,
    now: proposal.now,
  }
  const ask = (args: JsonObject) => askVersion(deps, policy, { ...call, arguments: args })
  // The request that it takes the place of is no call beside it.
  const own = proposal.change?.former ?? null
  if (!bounds) return askKnowing(deps, policy, { ...call, arguments: action.arguments }, own)
  return { decision: await decideSeries(ask, action.arguments, bounds), people: null, known: NO_HISTORY }
}
