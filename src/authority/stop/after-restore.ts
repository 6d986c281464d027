/**
 * Makes a restored backup safe: it lacks every redemption, revocation and kill switch since it was taken. Ends each
 * request that could still lead to an act, with its token, and engages a kill switch on everything, which an admin
 * releases after a check. Works on the store alone, while no authority runs. SPEC 9.
 */
import type { Caller } from '../../domain/identity/parties.ts'
import { mapResult, type Result } from '../../domain/refusal.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { Uses } from '../deps.ts'
import { engage } from './engage.ts'
import { endedEntries } from './revocation-entries.ts'
import type { TargetStore } from './unknown-targets.ts'

export interface Restored {
  /** How many requests were ended. */
  readonly ended: number
  /** The kill switch that now stops everything. */
  readonly killswitch: string
}

type RestoreNeeds = Uses<StopStore & TargetStore, 'config' | 'log' | 'now' | 'nowMs' | 'randomBytes'>

const OPERATOR: Caller = { kind: 'operator', credentialId: '', subject: 'operator' }
const REASON = 'A backup was restored. Revoke again what was revoked after it was taken, then release this.'

export async function stopAfterRestore(deps: RestoreNeeds): Promise<Result<Restored>> {
  const ids = await deps.store.unspentRequests(deps.now())
  for (const id of ids) await endRequest(deps, id)
  const limits = { take: async () => null, spent: async () => null }
  const engaged = await engage({ ...deps, limits }, OPERATOR, { selector: {}, reason: REASON })
  return mapResult(engaged, ({ id }) => ({ ended: ids.length, killswitch: id }))
}

const endRequest = ({ store, now, nowMs }: RestoreNeeds, id: string) =>
  store.revokeRequest({
    id,
    nowMs: nowMs(),
    entriesFor: (ended) => endedEntries(now(), ended, { by: OPERATOR.kind, cause: 'restore' }),
  })
