/**
 * Which entries about configuration a process has taken in, from which id on they are read again, and how long one
 * whose proof cannot be read holds up those behind it. SPEC 10.4.
 */
import type { ConfigurationEntry } from '../../store/contract/proof-store.ts'
import type { Deps } from '../deps.ts'

export interface EntryCursor {
  /** The id after which entries are to be read. */
  readonly after: () => number
  readonly untaken: (entries: readonly ConfigurationEntry[]) => readonly ConfigurationEntry[]
  /** `at`: when it was written, epoch seconds; NaN where that is unknown. */
  readonly taken: (id: number, at: number) => void
  /** To be called once all that were read are taken: an id that is left out must be read again. */
  readonly settle: () => void
}

type Clock = Pick<Deps, 'now' | 'nowMs'>

const SETTLED_AFTER_MS = 60_000
/** Written so long before the first reading, no transaction that began earlier still runs, however clocks differ. */
const LONG_PAST_SECONDS = 600

/**
 * Ids are seen out of order for as long as their transactions run: the last minute's are asked for again. In the minute
 * after a start these are not all that ever were.
 */
export function createCursor({ nowMs, now }: Clock): EntryCursor {
  const seen = new Map<number, number>()
  let settled = 0
  let isFirst = true
  return {
    after: () => settled,
    untaken: (entries) => entries.filter(({ id }) => !seen.has(id)),
    taken(id, at) {
      const isLongPast = isFirst && at < now() - LONG_PAST_SECONDS
      seen.set(id, isLongPast ? nowMs() - SETTLED_AFTER_MS : nowMs())
    },
    settle() {
      isFirst = false
      for (const [id, since] of seen) {
        if (nowMs() - since < SETTLED_AFTER_MS) continue
        settled = Math.max(settled, id)
        seen.delete(id)
      }
    },
  }
}

const COUNTED_EVERY_MS = 10_000
const MOST_FAULTS = 30

/**
 * Says whether the entry has held up the others for long enough: its proof could not be read in 30 readings, ten seconds
 * apart, although the entries themselves could be read each time.
 */
export function createPatience({ nowMs }: Pick<Clock, 'nowMs'>): (id: number) => boolean {
  let stuck = { id: 0, faults: 0, countedAtMs: 0 }
  return (id) => {
    if (id !== stuck.id) stuck = { id, faults: 1, countedAtMs: nowMs() }
    else if (nowMs() - stuck.countedAtMs >= COUNTED_EVERY_MS)
      stuck = { id, faults: stuck.faults + 1, countedAtMs: nowMs() }
    return stuck.faults >= MOST_FAULTS
  }
}
