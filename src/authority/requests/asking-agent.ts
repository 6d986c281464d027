/**
 * Agents by their id, as a request or a token names them.
 *
 * In: an agent's id and its principal. Out: the agent, or nothing. Does not say whether it was revoked meanwhile.
 */
import { isOwnAgent, ownAgent } from '../../domain/identity/own-agents.ts'
import type { Agent } from '../../domain/identity/parties.ts'
import type { Store } from '../../store/contract/store.ts'

const MAX_KEPT = 10_000

/** Finds agents by id. Their rights do not change once they were added, so they are read once. */
export function createAgents(store: Pick<Store, 'agent'>) {
  const seen = new Map<string, Agent>()
  return async function agentOf(id: string, principal: string): Promise<Agent | undefined> {
    if (isOwnAgent(id)) return ownAgent(id, principal)
    const known = seen.get(id) ?? (await store.agent(id))
    if (known && seen.size < MAX_KEPT) seen.set(id, known)
    return known
  }
}
