/**
 * Ending agents, executors and credentials. It makes things safer, so it needs no consent. Pending requests are
 * stopped with their party and live tokens revoked. SPEC 9, 10.
 */

import { newTrace } from '../../domain/approval/approval-request.ts'
import { isOwnAgent } from '../../domain/identity/own-agents.ts'
import { byMember, type Initiator } from '../../domain/identity/parties.ts'
import { type EntryMembers, type EntryType, prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { ChangeStore } from '../../store/contract/change-store.ts'
import type { EntriesFor } from '../../store/contract/request-store.ts'
import type { Uses } from '../deps.ts'
import { revocationEntries } from '../stop/revocation-entries.ts'

type RevokeNeeds = Uses<ChangeStore, 'config' | 'log' | 'meters' | 'now' | 'randomBytes'>

/** Refuses: `forbidden` for the authority's own agents, `not_found`. */
export async function revokeAgent(deps: RevokeNeeds, by: Initiator, id: string): Promise<Result<true>> {
  if (isOwnAgent(id)) return refuse('forbidden', 'The authority’s own agent cannot be revoked; its credentials can.')
  return revoke(deps, ['agent.removed', { agent: id, ...byMember(by) }], (entriesFor) =>
    deps.store.revokeAgent({ id, at: deps.now(), entriesFor }),
  )
}

/** Refuses: `forbidden` for the authority itself, `not_found`. */
export async function revokeExecutor(deps: RevokeNeeds, by: Initiator, audience: string): Promise<Result<true>> {
  if (audience === deps.config.origin) {
    return refuse('forbidden', 'The authority is its own executor and cannot be revoked.')
  }
  return revoke(deps, ['executor.removed', { executor: audience, ...byMember(by) }], (entriesFor) =>
    deps.store.revokeExecutor({ id: audience, at: deps.now(), entriesFor }),
  )
}

/** Refuses: `not_found`. */
export const revokeCredential = (deps: RevokeNeeds, by: Initiator, id: string): Promise<Result<true>> =>
  revoke(deps, ['credential.revoked', { credential: id, ...byMember(by) }], async (entriesFor) =>
    deps.store.revokeCredential({ id, at: deps.now(), entries: await entriesFor({ requests: [], tokens: [] }) }),
  )

async function revoke(
  { now, randomBytes, log, meters }: RevokeNeeds,
  [type, members]: readonly [EntryType, EntryMembers],
  run: (entriesFor: EntriesFor) => Promise<boolean>,
): Promise<Result<true>> {
  const trace = newTrace(randomBytes)
  const cause = await prepareEntry(type, now(), trace, members)
  let stopped = 0
  const isRevoked = await run((ended) => {
    stopped = ended.waiting ?? 0
    return revocationEntries(cause, ended)
  })
  if (!isRevoked) return refuse('not_found', 'There is nothing to revoke under that name, or it is revoked already.')
  for (let one = 0; one < stopped; one++) meters.answered('stopped')
  log.warn('administration.revoked', { type, trace })
  return ok(true)
}
