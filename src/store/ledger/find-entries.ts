/** Finds the entries that a filter means, as leaf indexes in order. SPEC 8.2. */
import type { EntryFilter } from '../../domain/ledger/entry-filter.ts'
import type { EntryPage } from '../../domain/ledger/found-entry.ts'
import type { Runner } from '../driver/database.ts'
import { conditionsOf } from './entry-conditions.ts'
import { periodOf, within } from './entry-period.ts'
import { reach } from './fact-index.ts'
import { MOST_UNINDEXED, matching } from './match-places.ts'

/** A search. Beyond the leaf index `through` it finds nothing; null where it reaches the end of the tree. */
export interface EntrySearch {
  readonly through: number | null
  /** Matching leaf indexes in the order of the page, some at a time. */
  readonly batches: AsyncGenerator<readonly number[]>
}

export async function findEntries(
  runner: Runner,
  filter: EntryFilter,
  { order, after }: Pick<EntryPage, 'order' | 'after'>,
): Promise<EntrySearch> {
  const [found = { indexed: 0, size: 0 }] = await runner.run(reach)
  const conditions = await conditionsOf(runner, found, filter)
  const usesIndex = filter.action !== undefined || conditions.some(({ fact }) => fact !== null)
  const end = usesIndex ? Math.min(found.size, found.indexed + MOST_UNINDEXED) : found.size
  const { first, last } = await periodOf(runner, filter)
  const span =
    order === 'newest'
      ? { first, last: Math.min(last, end - 1, (after ?? end) - 1) }
      : { first: Math.max(first, (after ?? -1) + 1), last: Math.min(last, end - 1) }
  const isEmpty = filter.words?.length === 0
  const indexes = matching(
    { runner, conditions, order, reach: found, withTexts: namesTexts(filter) },
    isEmpty ? NONE : span,
  )
  return { through: end < found.size ? end - 1 : null, batches: within(runner, filter, indexes) }
}

/** Up to `limit` of them. */
export async function takeEntries({ batches }: EntrySearch, limit: number): Promise<readonly number[]> {
  const taken: number[] = []
  for await (const batch of batches) {
    for (const index of batch.slice(0, limit - taken.length)) taken.push(index)
    if (taken.length >= limit) break
  }
  return taken
}

/** Words without a letter or digit are in no text. */
const NONE = { first: 0, last: -1 }

const namesTexts = ({ resource, words }: EntryFilter): boolean => resource !== undefined || words !== undefined
