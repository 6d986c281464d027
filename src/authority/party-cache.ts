/**
 * Agents and executors as they were read last, so that the hot path does not read them for each token. An agent's
 * rights never change after it was added, and its revocation is part of the deciding statements, so agents are read
 * once. Executors change, so each use names the version it saw.
 */
import { isOwnAgent, ownAgent } from '../domain/identity/own-agents.ts'
import type { Agent, Executor } from '../domain/identity/parties.ts'
import type { CallerStore } from '../store/contract/identity-store.ts'
import type { PartyCache } from './deps.ts'

const MAX_AGENTS = 10_000

export function createPartyCache(store: Pick<CallerStore, 'agent' | 'executor'>): PartyCache {
  const agents = new Map<string, Agent>()
  const executors = new Map<string, Executor>()
  return {
    async agent(id, principal) {
      if (isOwnAgent(id)) return ownAgent(id, principal)
      const agent = agents.get(id) ?? (await store.agent(id))
      if (agent && agents.size < MAX_AGENTS) agents.set(id, agent)
      return agent
    },
    knownExecutor: (audience) => executors.get(audience),
    async readExecutor(audience) {
      const executor = await store.executor(audience)
      if (executor) executors.set(audience, executor)
      return executor
    },
  }
}
