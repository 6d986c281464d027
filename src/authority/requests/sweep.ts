/**
 * Ends what is stopped, ends what nobody answered in time, and clears what has ended.
 *
 * In: nothing but the clock. Out: how many requests expired now. Any number of processes may sweep at once: each
 * request expires exactly once, with its entry.
 */
import { requestEntry } from '../../domain/ledger/entry-parties.ts'
import type { Deps } from '../deps.ts'
import { createEndingStopped } from '../stop/stopped.ts'
import { createFollowing } from './follow.ts'

const AT_ONCE = 200

export function createSweeping(deps: Deps): () => Promise<number> {
  const { store, now } = deps
  const follow = createFollowing(deps)
  const endStopped = createEndingStopped(deps)
  return async function sweep() {
    await endStopped()
    const expired = await store.expireDue(now(), AT_ONCE, (due) => requestEntry(due, 'request.expired', now()))
    await store.sweep(now())
    await follow()
    return expired.length
  }
}
