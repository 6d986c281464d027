/**
 * The list of requests, for whoever asks: agents see their own, executors those made to them, approvers those that their
 * groups were asked, auditors, admins and operators all. SPEC 2, 8.
 */
import { describe, type Segment } from '../../domain/action/describe.ts'
import { stateAt } from '../../domain/approval/approval-request.ts'
import type {
  ListedRequest,
  RequestFilter,
  RequestPosition,
  RequestScope,
} from '../../domain/approval/request-filter.ts'
import { type Approver, type Caller, isPerson } from '../../domain/identity/parties.ts'
import { wordsIn } from '../../domain/ledger/words.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { RequestListStore } from '../../store/contract/request-list-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { Uses } from '../deps.ts'
import { withOutlines } from './outline.ts'

/** A filter as people type it. */
export type RequestQuery = Omit<RequestFilter, 'words'> & { readonly words?: string | undefined }

/** A request in a list. `state` is that of now. */
export interface ListItem extends ListedRequest {
  readonly sentence: readonly Segment[]
  /** A kill switch holds it. */
  readonly stopped: boolean
}

export interface RequestList {
  readonly items: readonly ListItem[]
  readonly next: RequestPosition | null
  /** The names of people by id, null where erased; empty for readers who see ids alone. */
  readonly names: ReadonlyMap<string, string | null>
}

type ListNeeds = Uses<
  RequestListStore & Pick<RequestStore, 'request'> & PeopleStore & Pick<StopStore, 'stoppedAmong'>,
  'now'
>

export async function listRequests(
  { store, now: clock }: ListNeeds,
  reader: Caller | Approver,
  { words, ...members }: RequestQuery,
  page: { readonly after: RequestPosition | null; readonly limit: number },
): Promise<RequestList> {
  const now = clock()
  const filter = { ...members, ...(words === undefined ? {} : { words: wordsIn(words) }) }
  const found = await store.listRequests({ filter, scope: scopeOf(reader), now, ...page })
  const requests = await withOutlines(store, found.requests)
  const [stopped, people] = await Promise.all([
    store.stoppedAmong(requests.filter(({ state }) => state === 'pending').map(({ id }) => id)),
    seesNames(reader) ? store.listApprovers() : [],
  ])
  return {
    items: requests.map((request) => ({
      ...request,
      state: stateAt(request, now),
      sentence: sentenceOf(request),
      stopped: stopped.has(request.id),
    })),
    next: found.next,
    names: new Map(people.map(({ id, name }) => [id, name])),
  }
}

/** All, for those whom the ledger is open to. */
export function scopeOf(reader: Caller | Approver): RequestScope {
  if (isPerson(reader)) {
    const groups = reader.roles.filter((role) => role !== 'auditor')
    return groups.length < reader.roles.length || groups.includes('admin') ? {} : { groups }
  }
  if (reader.kind === 'agent') return { agent: reader.agent.id }
  return reader.kind === 'executor' ? { executor: reader.executor.audience } : {}
}

/** Software that is a party knows people by their ids, as its tokens do. */
const seesNames = (reader: Caller | Approver): boolean =>
  isPerson(reader) || reader.kind === 'operator' || reader.kind === 'auditor'

/** A request whose action was erased is still named. */
const sentenceOf = ({ action, catalogueEntry, name }: ListedRequest): readonly Segment[] =>
  action
    ? describe(catalogueEntry, action)
    : [
        { from: 'executor', text: 'Run ' },
        { from: 'argument', text: name, member: 'name' },
      ]
