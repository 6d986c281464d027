/**
 * Ends tokens that a statement made which had begun before a kill switch was engaged.
 *
 * In: the clock. Out: the count of live tokens that were revoked now. No statement runs for longer than seconds, so a
 * minute after its engagement a switch has nothing left to end. SPEC 9.
 */
import { traceOf } from '../../domain/approval/approval-request.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { Deps } from '../deps.ts'
import { causeOf, endedEntries } from './revocation-entries.ts'

const STRADDLING_MS = 60_000

export async function endStopped({
  store,
  now,
  nowMs,
  log,
}: Pick<Deps, 'now' | 'nowMs' | 'log'> & { readonly store: StopStore }): Promise<number> {
  const atMs = nowMs()
  const ended = await store.endStopped({
    nowMs: atMs,
    sinceMs: atMs - STRADDLING_MS,
    entriesFor: (killswitch, tokens) => {
      const cause = causeOf({ type: 'killswitch.engaged', trace: traceOf(killswitch) })
      return endedEntries(now(), { requests: [], tokens }, cause)
    },
  })
  if (ended > 0) log.warn('killswitch.swept', { tokens: ended })
  return ended
}
