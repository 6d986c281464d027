/**
 * Asks the policy about a call, with what it reads of the world beside the call itself: the people who can approve, and the
 * session that the agent is in.
 * SPEC 11.
 */
import type { AgentSession } from '../../domain/identity/agent-session.ts'
import type { Agent } from '../../domain/identity/parties.ts'
import { decide } from '../../domain/policy/decide.ts'
import type { Policy, PolicyDecision, PolicyQuery } from '../../domain/policy/policy.ts'
import type { AgentSessionStore } from '../../store/contract/agent-session-store.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'

export type AskNeeds = Uses<Pick<PeopleStore, 'countPeople'> & Pick<AgentSessionStore, 'agentSessionAt'>>
export type PolicyNeeds = AskNeeds & Uses<unknown, 'policy'>

/** A call as it is put to the policy. */
export type AskedCall = Omit<PolicyQuery, 'people' | 'session' | 'history'>

/** The session that the agent is in; null also where the rules for the action read none. */
export const sessionFor = async (
  { store }: AskNeeds,
  policy: Policy,
  { agent, name, now }: { readonly agent: Agent; readonly name: string; readonly now: number },
): Promise<AgentSession | null> =>
  policy.reads(name).session ? ((await store.agentSessionAt({ agent: agent.id, at: now })) ?? null) : null

/** Never throws but for an absent database. */
export async function askPolicy(deps: PolicyNeeds, call: AskedCall): Promise<PolicyDecision> {
  return askVersion(deps, await deps.policy.read(), call)
}

/** Asks this policy, which may be outdated: the statement that acts on the answer has to compare its version. */
export async function askVersion({ store }: AskNeeds, policy: Policy, call: AskedCall): Promise<PolicyDecision> {
  const people = policy.reads(call.name).people ? await store.countPeople() : 0
  return decide(policy, { ...call, people, session: await sessionFor({ store }, policy, call), history: {} })
}
