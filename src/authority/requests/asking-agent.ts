/**
 * Which agent asks: a registered one, or one of the authority's own for its operator and its admins.
 *
 * In: a caller, or an agent's id. Out: the agent, or nothing. Whether it was revoked meanwhile is asked where it counts.
 */
import type { Agent, Caller } from '../../domain/identity/parties.ts'
import type { Store } from '../../store/contract/store.ts'

/** What an operator or an admin's page proposes. They ask nobody but the authority itself. */
export const OPERATOR_AGENT = 'countersign-operator'
export const PAGES_AGENT = 'countersign-pages'

/** Registered agents cannot have such an id (`api/schemas`). */
export const isOwn = (id: string): boolean => id.startsWith('countersign-')

const MAX_KEPT = 10_000

/** The authority's own agent, asking for whoever signed in or holds the operator's credential. */
export const ownAgent = (id: string, principal: string): Agent => ({
  id,
  principals: [principal],
  runBy: null,
  createdAt: 0,
  revokedAt: null,
})

/** The agent that a caller asks as. */
export function askingAgent(caller: Caller): Agent | undefined {
  if (caller.kind === 'agent') return caller.agent
  return caller.kind === 'operator' ? ownAgent(OPERATOR_AGENT, OPERATOR_AGENT) : undefined
}

/** Finds agents by id. Their rights do not change once they were added, so they are read once. */
export function createAgents(store: Pick<Store, 'agent'>) {
  const seen = new Map<string, Agent>()
  return async function agentOf(id: string, principal: string): Promise<Agent | undefined> {
    if (isOwn(id)) return ownAgent(id, principal)
    const known = seen.get(id) ?? (await store.agent(id))
    if (known && seen.size < MAX_KEPT) seen.set(id, known)
    return known
  }
}
