/**
 * Caches of a process: signed status lists, and the parties of the hot path. SPEC 9;
 * draft-ietf-oauth-status-list.
 */

import { isOwnAgent, ownAgent } from '../../domain/identity/own-agents.ts'
import type { Agent, Executor } from '../../domain/identity/parties.ts'
import { LIST_LIFE_SECONDS, placeOf, statusListClaims } from '../../domain/stop/status-list-claims.ts'
import { sign } from '../../domain/token/signing-keys.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { TokenStore } from '../../store/contract/token-store.ts'
import type { Deps, PartyCache, Uses } from '../deps.ts'

const MAX_LISTS_KEPT = 16

/** `at` lies before the reading: the list is that old at most. */
export async function signedList(
  { config, store, keys }: Uses<TokenStore, 'config' | 'keys'>,
  list: number,
  at: number,
): Promise<string> {
  const claims = await statusListClaims(config.origin, list, await store.revokedPositions(list), at)
  return sign('statuslist+jwt', claims, await keys.current(at))
}

/** Undefined for a number that no list has, so that nobody can ask for ever new ones. */
export function createStatusListCache(
  deps: Pick<Deps, 'config' | 'store' | 'keys' | 'now'>,
): (list: number) => Promise<string | undefined> {
  const lists = new Map<number, { readonly at: number; readonly signed: Promise<string> }>()
  const newest = createNewestList(deps)

  return async (list) => {
    if (!Number.isSafeInteger(list) || list < 0 || list > (await newest(list))) return undefined
    const at = deps.now()
    const known = lists.get(list)
    if (known && at - known.at < 1 && at - known.at > -LIST_LIFE_SECONDS) return known.signed
    const signed = signedList(deps, list, at)
    // A failure is not kept.
    signed.catch(() => lists.delete(list))
    lists.set(list, { at, signed })
    const [oldest] = lists.keys()
    if (lists.size > MAX_LISTS_KEPT && oldest !== undefined) lists.delete(oldest)
    return signed
  }
}

/** The number of the newest list, read again for a higher one once a second: another process may have begun it. */
function createNewestList({ store, now }: Uses<Pick<TokenStore, 'nextStatusPosition'>, 'now'>) {
  let known = { at: Number.NEGATIVE_INFINITY, list: 0 }
  return async (wanted: number): Promise<number> => {
    if (wanted > known.list && now() !== known.at) {
      known = { at: now(), list: placeOf(await store.nextStatusPosition()).list }
    }
    return known.list
  }
}

const MAX_AGENTS = 10_000
const MAX_CREDENTIALS = 1000

/** Facts that the followed ledger proves, without a query. */
export interface ProvenParties extends Pick<PartyCache, 'knownPeople'> {
  /** Whether an agent that was read before is still the proven one. */
  readonly stands: (agent: Agent) => boolean
}

/** Agents are registered anew and executors change, so each use names the registration or the version that it saw. */
export function createPartyCache(
  store: Pick<CallerStore, 'agent' | 'executor' | 'authenticate'>,
  { knownPeople, stands }: ProvenParties,
): PartyCache {
  const holders = new Map<string, string>()
  const agents = new Map<string, Agent>()
  const executors = new Map<string, Executor>()
  return {
    knownAgent(id, principal) {
      if (isOwnAgent(id)) return ownAgent(id, principal)
      const agent = agents.get(id)
      return agent && stands(agent) ? agent : undefined
    },
    async readAgent(id, principal) {
      if (isOwnAgent(id)) return ownAgent(id, principal)
      const agent = await store.agent(id)
      if (agent && (agents.size < MAX_AGENTS || agents.has(id))) agents.set(id, agent)
      return agent
    },
    knownExecutor: (audience) => executors.get(audience),
    knownPeople,
    async readExecutor(audience) {
      const executor = await store.executor(audience)
      if (executor) executors.set(audience, executor)
      return executor
    },
    async executorHolding(hash, now) {
      const known = holders.get(hash)
      if (known !== undefined) return known
      const caller = await store.authenticate({ hash, now })
      if (caller?.kind !== 'executor') return undefined
      const { audience } = caller.executor
      if (holders.size >= MAX_CREDENTIALS) holders.clear()
      holders.set(hash, audience)
      return audience
    },
    forgetCredential: (hash) => void holders.delete(hash),
  }
}
