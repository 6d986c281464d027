/**
 * The growing end of the ledger: entries as they become provable, and those that are not yet. A filter by resource or
 * word matches no unproved entry. SPEC 8.
 */

import { type EntryQuery, filterOf, matchesFilter } from '../../domain/ledger/entry-filter.ts'
import type { FoundEntry, UnprovedEntry } from '../../domain/ledger/found-entry.ts'
import { parseEntry } from '../../domain/ledger/leaf.ts'
import type { LogStore } from '../../store/contract/log-store.ts'
import type { SearchStore } from '../../store/contract/search-store.ts'
import type { Deps, Uses } from '../deps.ts'

type TailDeps = Uses<Pick<SearchStore, 'search' | 'unproved'> & Pick<LogStore, 'checkpoint'>>

export interface TailChunk {
  /** Entries that became provable since the chunk before. */
  readonly entries: readonly FoundEntry[]
  /** Leaf index to continue after, also where nothing was found. */
  readonly position: number
  /** Committed entries without a proof, counted up to a bound. */
  readonly unproved: number
}

const TAIL_PAGE = 100
/** Commits are not announced, so the tail looks for unproved entries this often. */
const TAIL_LOOKS_MS = 2000
/** At most this many unproved entries are read or counted. */
const MAX_UNPROVED = 500

/**
 * Every matching entry once it can be proved, in log order and without gaps; starts with the next one where `after` is
 * undefined. Yields a chunk at least every two seconds, found or not, until `signal` aborts.
 */
export async function* tailEntries(
  { store, events }: TailDeps & Pick<Deps, 'events'>,
  query: EntryQuery,
  after: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<TailChunk> {
  const filter = await filterOf(query)
  for (let position = after ?? (await provedSize(store)) - 1; !signal.aborted; ) {
    // Listens before it reads, so that changes in between wake it.
    const woken = events.waitFor('log', TAIL_LOOKS_MS, signal)
    const size = await provedSize(store)
    const page = await store.search({ filter, page: { order: 'oldest', after: position, limit: TAIL_PAGE } })
    const entries = page.entries.filter(({ index }) => index < size)
    const isWhole = entries.length < TAIL_PAGE
    const end = Math.min(size - 1, page.indexedThrough ?? size - 1)
    position = isWhole ? Math.max(position, end) : (entries.at(-1)?.index ?? position)
    yield { entries, position, unproved: (await store.unproved({ size, limit: MAX_UNPROVED })).length }
    if (isWhole) await woken
  }
}

/** The newest committed entries beyond the first `size` of the log, default those that the published checkpoint covers. */
export async function unprovedEntries(
  { store }: TailDeps,
  query: EntryQuery,
  limit: number,
  size?: number,
): Promise<readonly UnprovedEntry[]> {
  const filter = await filterOf(query)
  const waiting = await store.unproved({ size: size ?? (await provedSize(store)), limit: MAX_UNPROVED })
  return waiting.filter(({ body }) => matchesFilter(parseEntry(body), filter)).slice(0, limit)
}

const provedSize = async (store: TailDeps['store']) => (await store.checkpoint('published'))?.size ?? 0
