/**
 * Asks the policy about a call, with what it reads of the world beside the call itself: the people who can approve,
 * the session that the agent is in, and earlier calls. SPEC 11.
 */
import type { JsonObject } from '@countersign/verifier'
import type { Bounds } from '@countersign/verifier/authority'
import type { AgentSession } from '../../domain/identity/agent-session.ts'
import type { Agent } from '../../domain/identity/parties.ts'
import { decide } from '../../domain/policy/decide.ts'
import { decideSeries } from '../../domain/policy/decide-series.ts'
import type { Policy, PolicyDecision, PolicyQuery } from '../../domain/policy/policy.ts'
import type { AgentSessionStore } from '../../store/contract/agent-session-store.ts'
import type { HistoryStore } from '../../store/contract/history-store.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { Deps, Uses } from '../deps.ts'
import { historyFor, type KnownHistory, NO_HISTORY } from './known-history.ts'

export type AskNeeds = Uses<
  Pick<PeopleStore, 'countPeople' | 'leaverBehind'> & Pick<AgentSessionStore, 'agentSessionAt'> & HistoryStore
>
export type PolicyNeeds = AskNeeds & Uses<unknown, 'policy'>

/** A call as it is put to the policy. */
export type AskedCall = Omit<PolicyQuery, 'people' | 'session' | 'history'>

/** The session that the agent is in; null also where the rules for the action read none. */
export const sessionFor = async (
  { store }: Uses<Pick<AgentSessionStore, 'agentSessionAt'>>,
  policy: Policy,
  { agent, name, now }: { readonly agent: Agent; readonly name: string; readonly now: number },
): Promise<AgentSession | null> =>
  policy.reads(name).session ? ((await store.agentSessionAt({ agent: agent.id, at: now })) ?? null) : null

/** `own`: the request that the call has opened, which does not count itself. Never throws but for an absent database. */
export async function askPolicy(
  deps: PolicyNeeds,
  call: AskedCall,
  own: string | null = null,
): Promise<PolicyDecision> {
  return askVersion(deps, await deps.policy.read(), call, own)
}

/** The denial of a call behind which somebody has left: nothing is asked for them any more. Null where nobody has. */
export async function deniedForLeaver(
  { store }: AskNeeds,
  { digest }: Pick<Policy, 'digest'>,
  { agent, principal }: { readonly agent: Agent; readonly principal: string },
): Promise<Extract<PolicyDecision, { readonly effect: 'deny' }> | null> {
  const leaver = await store.leaverBehind({ agent: agent.id, principal })
  if (leaver === null) return null
  const reason =
    leaver === principal
      ? 'The person for whom it is asked has left.'
      : 'The person who runs this agent has left. An admin can give it to somebody else.'
  return { effect: 'deny', policy: digest, policies: [], reason }
}

/** Asks this policy, which may be outdated: the statement that acts on the answer has to compare its version. */
export const askVersion = async (
  deps: AskNeeds,
  policy: Policy,
  call: AskedCall,
  own: string | null = null,
): Promise<PolicyDecision> => (await askKnowing(deps, policy, call, own)).decision

export interface KnowingDecision {
  readonly decision: PolicyDecision
  /** Null where the rules read none. */
  readonly people: number | null
  readonly known: KnownHistory
}

/** The number of people who can approve; null where the rules for the action read none. */
export const peopleFor = async ({ store }: AskNeeds, policy: Policy, name: string): Promise<number | null> =>
  policy.reads(name).people ? store.countPeople() : null

/** The same, perhaps outdated: a denial that rests on it has to be asked for again. */
export const knownPeopleFor = async (
  deps: AskNeeds & Pick<Deps, 'parties'>,
  policy: Policy,
  name: string,
): Promise<number | null> =>
  policy.reads(name).people ? (deps.parties.knownPeople() ?? deps.store.countPeople()) : null

/**
 * The decision, the number of people that it rests on, and what was known of earlier calls: the statement that opens a
 * request compares that, too. `given`: the number of people, where it was read.
 */
export async function askKnowing(
  deps: AskNeeds,
  policy: Policy,
  call: AskedCall,
  own: string | null = null,
  given?: number | null,
): Promise<KnowingDecision> {
  const [people, session, known] = await Promise.all([
    given === undefined ? peopleFor(deps, policy, call.name) : given,
    sessionFor(deps, policy, call),
    historyFor(deps.store, policy, call, own),
  ])
  const query = { ...call, people: people ?? 0, session, history: known.values }
  return { decision: await decide(policy, query), people, known }
}

export type AskedSeries = AskedCall & { readonly arguments: JsonObject; readonly bounds: Bounds }

/**
 * The decision about all calls of a series, whose arguments vary within its bounds. What is no matter of the arguments is
 * read once for all of them. `given`: the number of people, where it was read.
 */
export async function askSeries(
  deps: AskNeeds,
  policy: Policy,
  { bounds, ...call }: AskedSeries,
  own: string | null = null,
  given?: number | null,
): Promise<PolicyDecision> {
  const [people, session] = await Promise.all([
    given === undefined ? peopleFor(deps, policy, call.name) : given,
    sessionFor(deps, policy, call),
  ])
  const store = { history: onceForAlike(deps.store.history) }
  const ask = async (args: JsonObject) => {
    const one = { ...call, arguments: args }
    const known = await historyFor(store, policy, one, own)
    return decide(policy, { ...one, people: people ?? 0, session, history: known.values })
  }
  return decideSeries(ask, call.arguments, bounds)
}

/** Calls of most series count in the same scopes. */
function onceForAlike(read: HistoryStore['history']): HistoryStore['history'] {
  const known = new Map<string, ReturnType<typeof read>>()
  return (queries, without) => {
    const key = JSON.stringify(queries)
    const found = known.get(key) ?? read(queries, without)
    known.set(key, found)
    return found
  }
}

/** As `askKnowing`, but the denial where somebody behind the call has left: the policy is not asked then. */
export async function askUnlessLeft(
  deps: AskNeeds,
  policy: Policy,
  call: AskedCall,
  own: string | null = null,
): Promise<KnowingDecision> {
  const [left, people] = await Promise.all([deniedForLeaver(deps, policy, call), peopleFor(deps, policy, call.name)])
  return left ? { decision: left, people: null, known: NO_HISTORY } : askKnowing(deps, policy, call, own, people)
}
