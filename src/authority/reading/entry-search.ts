/**
 * Auditors' questions to the index: entries, counts, activity, the texts of ended tokens; and all entries of one
 * trace. Except for the trace, the endpoint table decides who may ask. SPEC 8.
 */

import { hasSensitive } from '../../domain/action/sensitive.ts'
import { type ApprovalRequest, type Denial, requestOfTrace } from '../../domain/approval/approval-request.ts'
import { type Approver, type Caller, isPerson } from '../../domain/identity/parties.ts'
import { ACTIVITY_WIDTHS } from '../../domain/ledger/activity.ts'
import type { StoredEntry } from '../../domain/ledger/entry.ts'
import { type EntryQuery, filterOf } from '../../domain/ledger/entry-filter.ts'
import type { Activity, Artifact, EntryPage, FoundEntry, FoundPage } from '../../domain/ledger/found-entry.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { EntryStore } from '../../store/contract/ledger-store.ts'
import type { LogStore } from '../../store/contract/log-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { SearchStore } from '../../store/contract/search-store.ts'
import type { Deps, Uses } from '../deps.ts'
import { notFound } from '../refusals.ts'
import { mayRead, type ReadNeeds } from '../requests/reader-scope.ts'

type SearchDeps = Uses<SearchStore>

const EXPORT_PAGE = 500
/** Larger counts are not completed. */
const COUNTED = 100_000

export async function searchEntries(
  { store }: SearchDeps,
  query: EntryQuery,
  { order, after, limit }: Pick<EntryPage, 'order' | 'limit'> & { readonly after?: number | undefined },
): Promise<FoundPage> {
  return store.search({ filter: await filterOf(query), page: { order, after: after ?? null, limit } })
}

/** An export, read a page at a time as its entries are taken: all matching ones, oldest first. */
export interface EntryExport extends Pick<FoundPage, 'indexedThrough'> {
  readonly entries: AsyncGenerator<FoundEntry>
}

/** `indexedThrough` is of its beginning: what is indexed meanwhile is exported too. */
export async function exportEntries({ store }: SearchDeps, query: EntryQuery): Promise<EntryExport> {
  const filter = await filterOf(query)
  const page = (after: number | null) => store.search({ filter, page: { order: 'oldest', after, limit: EXPORT_PAGE } })
  const first = await page(null)
  async function* entries(): AsyncGenerator<FoundEntry> {
    for (let found = first.entries; ; found = (await page(found.at(-1)?.index ?? null)).entries) {
      yield* found
      if (found.length < EXPORT_PAGE) return
    }
  }
  return { indexedThrough: first.indexedThrough, entries: entries() }
}

/** Null where counting would take long: words and `text` have no index whose end could bound it. */
export async function countEntries(
  { store }: Uses<SearchStore & Pick<LogStore, 'checkpoint'>>,
  query: EntryQuery,
): Promise<number | null> {
  const filter = await filterOf(query)
  if (Object.values(filter).every((value) => value === undefined))
    return (await store.checkpoint('published'))?.size ?? 0
  if (filter.words !== undefined || filter.text !== undefined) return null
  const counted = await store.count({ filter, limit: COUNTED })
  return counted < COUNTED ? counted : null
}

/**
 * Counts by type in equal buckets. Buckets begin on whole minutes or hours, so there may be one more than asked for.
 */
export async function readActivity(
  { store }: SearchDeps,
  from: number,
  to: number,
  buckets: number,
): Promise<{ readonly from: number; readonly seconds: number; readonly counts: readonly Activity[] }> {
  const [minute, hour] = ACTIVITY_WIDTHS
  const width = (to - from) / buckets < hour ? minute : hour
  const seconds = Math.max(1, Math.ceil((to - from) / buckets / width)) * width
  const start = from - (from % width)
  return { from: start, seconds, counts: await store.activity({ from: start, to, seconds, width }) }
}

export const readArtifacts = (
  { store, now }: SearchDeps & Pick<Deps, 'now'>,
  after: number | undefined,
  limit: number,
): Promise<readonly Artifact[]> => store.artifacts({ after: after ?? null, limit, now: now() })

/** One trace. `denial`: for all but the executor, to which a person's words are not addressed. */
export interface Story {
  readonly entries: readonly StoredEntry[]
  readonly denial: Denial | null
}

/**
 * The entries of one trace in order. People read the traces of requests that they may read, and those of no request;
 * operators and auditors read every trace, agents and executors those that they are a party to. Refuses: `not_found`.
 */
export async function readTrace(
  deps: Uses<EntryStore & RequestStore> & ReadNeeds,
  reader: Caller | Approver,
  trace: string,
): Promise<Result<Story>> {
  const { store } = deps
  const entries = await store.entriesOfTrace(trace)
  if (!entries.some(({ body }) => isOpenTo(reader, body))) return notFound()
  if (isPerson(reader) && !(await mayReadTrace(deps, reader, trace))) return notFound()
  const denied = entries.map(({ body }) => JSON.parse(body)).find(({ type }) => type === 'consent.denied')
  const isAddressed = isPerson(reader) || reader.kind !== 'executor'
  const request = denied && isAddressed ? await store.request(denied.request) : undefined
  return ok({ entries, denial: request ? denialFor(reader, request) : null })
}

async function mayReadTrace(deps: Uses<RequestStore> & ReadNeeds, reader: Approver, trace: string): Promise<boolean> {
  const id = requestOfTrace(trace)
  return (await mayRead(deps, reader, id)) || (await deps.store.request(id)) === undefined
}

/** A reason may repeat what is sensitive: only the agent, to which it is addressed, reads it without uncovering it. */
export function denialFor(
  reader: Caller | Approver,
  { denial, catalogueEntry }: Pick<ApprovalRequest, 'denial' | 'catalogueEntry'>,
): Denial | null {
  const isAddressed = !isPerson(reader) && reader.kind === 'agent'
  return denial && (isAddressed || !hasSensitive(catalogueEntry) ? denial : { ...denial, reason: null })
}

function isOpenTo(reader: Caller | Approver, body: string): boolean {
  if (isPerson(reader)) return reader.roles.length > 0
  const { type, agent, executor } = JSON.parse(body)
  // A refused caller named a request that may not be its own.
  const isParty = type !== 'token.refused'
  if (reader.kind === 'agent') return isParty && agent === reader.agent.id
  if (reader.kind === 'executor') return isParty && executor === reader.executor.audience
  return true
}
