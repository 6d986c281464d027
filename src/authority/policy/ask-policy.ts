/**
 * Asks the policy about a call, with what it reads of the world beside the call itself: the people who can approve.
 * SPEC 11.
 */
import { decide } from '../../domain/policy/decide.ts'
import type { PolicyDecision, PolicyQuery } from '../../domain/policy/policy.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'

export type PolicyNeeds = Uses<Pick<PeopleStore, 'countPeople'>, 'policy'>

/** A call as it is put to the policy. */
export type AskedCall = Omit<PolicyQuery, 'people' | 'history'>

/** Never throws but for an absent database. */
export async function askPolicy({ policy, store }: PolicyNeeds, call: AskedCall): Promise<PolicyDecision> {
  const people = policy.reads(call.name).people ? await store.countPeople() : 0
  return decide(policy, { ...call, people, history: {} })
}
