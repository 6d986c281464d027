/**
 * Asks the policy about a call, with what it reads of the world beside the call itself: the people who can approve.
 * SPEC 11.
 */
import { decide } from '../../domain/policy/decide.ts'
import type { Policy, PolicyDecision, PolicyQuery } from '../../domain/policy/policy.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'

export type AskNeeds = Uses<Pick<PeopleStore, 'countPeople'>>
export type PolicyNeeds = AskNeeds & Uses<unknown, 'policy'>

/** A call as it is put to the policy. */
export type AskedCall = Omit<PolicyQuery, 'people' | 'history'>

/** Never throws but for an absent database. */
export async function askPolicy(deps: PolicyNeeds, call: AskedCall): Promise<PolicyDecision> {
  return askVersion(deps, await deps.policy.read(), call)
}

/** Asks this policy, which may be outdated: the statement that acts on the answer has to compare its version. */
export async function askVersion({ store }: AskNeeds, policy: Policy, call: AskedCall): Promise<PolicyDecision> {
  const people = policy.reads(call.name).people ? await store.countPeople() : 0
  return decide(policy, { ...call, people, history: {} })
}
