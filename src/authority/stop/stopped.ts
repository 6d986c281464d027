/**
 * Ends what a kill switch had stopped while it was being made: tokens of statements that began before the engagement.
 *
 * In: nothing but the clock. Out: how many live tokens were revoked now. No statement runs for longer than seconds, so a
 * switch is looked at for a minute after it was engaged; from then on there is nothing to find. SPEC 9.
 */
import { traceOf } from '../../domain/approval/approval-request.ts'
import type { Deps } from '../deps.ts'
import { causeOf, endedEntries } from './revoked.ts'

const STRADDLING_MS = 60_000

export function createEndingStopped({ store, now, nowMs, log }: Deps): () => Promise<number> {
  return async function endStopped() {
    const ended = await store.endStopped(nowMs(), nowMs() - STRADDLING_MS, (killswitch, tokens) => {
      const cause = causeOf({ type: 'killswitch.engaged', trace: traceOf(killswitch) })
      return endedEntries({ at: now() }, { requests: [], tokens }, cause)
    })
    if (ended > 0) log.warn('killswitch.swept', { tokens: ended })
    return ended
  }
}
