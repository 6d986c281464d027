/**
 * Sweeps: ends what a kill switch stopped, ends requests that nobody answered in time, and clears ended rows.
 *
 * In: the clock alone. Out: the number of requests that expired now. Any number of processes may sweep at once: each
 * request expires exactly once, with its entry. SPEC 8, 9.
 */
import { requestEntry } from '../domain/ledger/entry-parties.ts'
import type { Deps } from './deps.ts'
import { erasePayloads, missOutcomes } from './overdue.ts'
import { endStopped } from './stop/end-stopped.ts'

const AT_ONCE = 200

export async function sweep(deps: Deps): Promise<number> {
  const { store, now } = deps
  await endStopped(deps)
  const expired = await store.expireDue({
    now: now(),
    limit: AT_ONCE,
    entryFor: (due) => requestEntry(due, 'request.expired', now()),
  })
  await store.sweep(now())
  await missOutcomes(deps)
  await erasePayloads(deps)
  return expired.length
}
