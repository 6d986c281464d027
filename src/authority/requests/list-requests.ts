/**
 * The list of requests, of those that its reader may read. Refuses `invalid_request` for a name that several people have.
 * SPEC 2.3.
 */
import type { Segment } from '../../domain/action/describe.ts'
import { stateAt } from '../../domain/approval/approval-request.ts'
import type { ListedRequest, RequestFilter, RequestPosition } from '../../domain/approval/request-filter.ts'
import { describeRequest, maskRequest } from '../../domain/approval/request-words.ts'
import { type Approver, type Caller, isPerson } from '../../domain/identity/parties.ts'
import { wordsIn } from '../../domain/ledger/words.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { RequestListStore } from '../../store/contract/request-list-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { Uses } from '../deps.ts'
import { withOutlines } from './outline.ts'
import { readingScope } from './reader-scope.ts'

/** A filter as people type it. */
export type RequestQuery = Omit<RequestFilter, 'id' | 'words'> & { readonly words?: string | undefined }

/** A request in a list. `state` is that of now. */
export interface ListItem extends ListedRequest {
  readonly sentence: readonly Segment[]
  /** A kill switch holds it. */
  readonly held: boolean
}

export interface RequestList {
  readonly items: readonly ListItem[]
  readonly next: RequestPosition | null
  /** The names of people by id, null where erased; empty for readers who see ids alone. */
  readonly names: ReadonlyMap<string, string | null>
}

export type ListNeeds = Uses<
  RequestListStore & Pick<RequestStore, 'request'> & PeopleStore & Pick<StopStore, 'stoppedAmong'>,
  'now'
>

export async function listRequests(
  { store, now: clock }: ListNeeds,
  reader: Caller | Approver,
  { words, ...members }: RequestQuery,
  page: { readonly after: RequestPosition | null; readonly limit: number },
): Promise<Result<RequestList>> {
  const now = clock()
  const people = seesNames(reader) ? await store.listApprovers() : []
  const named = byIds(members, people)
  if (!named.ok) return named
  const scope = readingScope(reader, now)
  // Without `origin`, people see only requests that were put to people; requests that policy allowed have to be asked for.
  const origin = named.value.origin ?? (scope.groups ? 'human' : undefined)
  const filter = { ...named.value, origin, ...(words === undefined ? {} : { words: wordsIn(words) }) }
  const found = await store.listRequests({ filter, scope, now, ...page })
  const items = await itemsOf(store, await withOutlines(store, found.requests), now)
  return ok({ items, next: found.next, names: namesOf(people) })
}

/** One of the listed requests, as a list has it, but with its action whole. */
export async function findListed(
  { store, now: clock }: ListNeeds,
  reader: Caller | Approver,
  id: string,
): Promise<{ readonly item: ListItem; readonly names: RequestList['names'] } | undefined> {
  const now = clock()
  const page = { scope: readingScope(reader, now), after: null, limit: 1, now }
  const [[listed], request] = await Promise.all([
    store.listRequests({ filter: { id }, ...page }).then(({ requests }) => requests),
    store.request(id),
  ])
  if (!listed || !request) return undefined
  const [item] = await itemsOf(store, [{ ...listed, ...request }], now)
  return item && { item, names: namesOf(seesNames(reader) ? await store.listApprovers() : []) }
}

const namesOf = (people: readonly Approver[]) => new Map(people.map(({ id, name }) => [id, name]))

async function itemsOf(
  store: ListNeeds['store'],
  requests: readonly ListedRequest[],
  now: number,
): Promise<readonly ListItem[]> {
  const waiting = requests.filter(({ state }) => state === 'pending').map(({ id }) => id)
  const held = await store.stoppedAmong(waiting)
  return requests.map((request) => ({
    ...request,
    state: stateAt(request, now),
    sentence: describeRequest(maskRequest(request).request),
    held: held.has(request.id),
  }))
}

const PRINCIPAL_ID = /^[\w.:@-]+$/

/** The filter with people by their ids: `approver` may be a name, and so may `principal` where it is no id. */
function byIds(filter: RequestFilter, people: readonly Approver[]): Result<RequestFilter> {
  const { approver, principal } = filter
  const named = [approver, principal !== undefined && PRINCIPAL_ID.test(principal) ? undefined : principal]
  const ids: (string | undefined)[] = []
  for (const text of named) {
    const found = text === undefined || people.some(({ id }) => id === text) ? [] : peopleNamed(text, people)
    if (found.length > 1) return severalNamed(text ?? '', found)
    ids.push(found[0])
  }
  return ok({ ...filter, approver: ids[0] ?? approver, principal: ids[1] ?? principal })
}

const peopleNamed = (text: string, people: readonly Approver[]): readonly string[] =>
  people.filter(({ name }) => name?.toLowerCase() === text.toLowerCase()).map(({ id }) => id)

const severalNamed = (text: string, ids: readonly string[]) =>
  refuse('invalid_request', `Several people are named ${text}. Name one by id: ${ids.join(', ')}.`)

/** Software that is a party knows people by their ids, as its tokens do. */
const seesNames = (reader: Caller | Approver): boolean =>
  isPerson(reader) || reader.kind === 'operator' || reader.kind === 'auditor'
