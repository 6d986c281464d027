/** An approver's inbox: the requests that wait for their groups, and those answered recently. SPEC 2. */
import { digestOf } from '@countersign/verifier'
import { type ApprovalRequest, stateAt } from '../../domain/approval/approval-request.ts'
import type { InboxFilter } from '../../domain/approval/request-filter.ts'
import { type AbsentPlace, eligibility, placesFor, whyAlone } from '../../domain/consent/eligibility.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { wordsIn } from '../../domain/ledger/words.ts'
import { consenterOf, groupsAnswered, ownPlace } from '../../domain/policy/deputies.ts'
import { isUseful } from '../../domain/policy/quorum.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import { absentPlaces } from '../absences/absent-places.ts'
import type { Deps, Uses } from '../deps.ts'
import { lookUntil } from '../wake-ups.ts'
import { withOutlines } from './outline.ts'
import { type Answerers, unfillableBy } from './unfillable.ts'

const ANSWERED_FOR_SECONDS = 86_400
const INBOX_LIMIT = 200
/** The expiry of a request is not announced, so a waiting inbox looks again this often. */
const LOOK_AGAIN_MS = 5000

export interface Inbox {
  /** Requests that this person may still usefully answer, by deadline. */
  readonly waiting: readonly ApprovalRequest[]
  /** Ids of those that this person can consent to together with others. */
  readonly together: ReadonlySet<string>
  readonly stopped: ReadonlySet<string>
  /** Those to which this person has consented and that wait for others, then those decided lately. */
  readonly answered: readonly ApprovalRequest[]
  readonly version: string
}

export interface ShownInbox extends Inbox {
  readonly people: Answerers['people']
  /** Why nobody can fill the quorum of a waiting request now, by its id. */
  readonly unfillable: ReadonlyMap<string, string>
}

/** A filter as people type it. */
export type InboxQuery = Omit<InboxFilter, 'words'> & { readonly words?: string | undefined }

type Needs = Uses<RequestStore & PeopleStore & Pick<StopStore, 'stoppedAmong'>, 'config' | 'now'>

/** For pages, which say what each waiting request is about: large actions are read one by one, and not kept whole. */
export async function readInbox(deps: Needs, approver: Approver, query: InboxQuery = {}): Promise<ShownInbox> {
  const [{ consented, ...inbox }, people] = await Promise.all([
    inboxOf(deps, approver, query),
    deps.store.listApprovers(),
  ])
  const waiting = await withOutlines(deps.store, inbox.waiting)
  return { ...inbox, waiting, people, unfillable: unfillableBy(waiting, { people, consented }, deps.now()) }
}

/** `consented`: who has consented to each waiting request. */
async function inboxOf(
  deps: Needs,
  approver: Approver,
  { words, ...members }: InboxQuery,
): Promise<Inbox & Pick<Answerers, 'consented'>> {
  const now = deps.now()
  const span = { now, decidedSince: now - ANSWERED_FOR_SECONDS, limit: INBOX_LIMIT }
  const filter = { ...members, ...(words === undefined ? {} : { words: wordsIn(words) }) }
  const [all, runs, absent] = await Promise.all([
    deps.store.inbox({ groups: groupsAnswered(approver, now), filter, ...span }),
    deps.store.agentsRunBy(approver.id),
    absentPlaces(deps, approver),
  ])
  const [over, pending] = [
    all.filter((request) => !isPending(request, now)),
    all.filter((request) => isPending(request, now)),
  ]
  const { waiting, done, together, stopped, consented } = await sortPending(deps, { approver, runs, absent }, pending)
  const answered = [...done, ...over]
  const content = [...waiting, ...answered].map((request) => {
    const { id, consents } = request
    return [id, stateAt(request, now), consents, together.has(id), stopped.has(id)]
  })
  const version = (await digestOf(content)).slice('sha-256:'.length, 'sha-256:'.length + 22)
  return { waiting, together, stopped, answered, version, consented }
}

const isPending = (request: ApprovalRequest, now: number): boolean => stateAt(request, now) === 'pending'

interface Reader {
  readonly approver: Approver
  /** The agents that they run. */
  readonly runs: readonly string[]
  readonly absent: readonly AbsentPlace[]
}

/** Those that wait for this person, and those to which they have consented; not those that wait for others alone. */
async function sortPending(
  { store, config }: Needs,
  { approver, runs, absent }: Reader,
  pending: readonly ApprovalRequest[],
) {
  const ids = pending.map(({ id }) => id)
  const [consented, stopped] = await Promise.all([store.consentedBy(ids), store.stoppedAmong(ids)])
  const before = ({ id }: ApprovalRequest) => consented.get(id) ?? []
  const own = ownPlace(approver)
  const placesIn = (request: ApprovalRequest) => placesFor(request, absent, config.origin)
  const isDone = (request: ApprovalRequest) => before(request).some((member) => consenterOf(member) === approver.id)
  const isAsked = (request: ApprovalRequest) =>
    [own, ...placesIn(request)].some((place) => isUseful(request.terms, before(request), place))
  const waiting = pending.filter((request) => !isDone(request) && isAsked(request))
  const together = waiting.filter(
    (request) =>
      !stopped.has(request.id) &&
      whyAlone(request, config.origin) === null &&
      eligibility(request, approver, { runs, consented: before(request), places: placesIn(request) }).ok,
  )
  return {
    waiting,
    done: pending.filter(isDone),
    together: new Set(together.map(({ id }) => id)),
    stopped,
    consented,
  }
}

/** Waits until the inbox is no longer `version`, for `timeoutMs` at most. */
export const inboxChanged = (
  deps: Needs & Pick<Deps, 'events'>,
  version: string,
  approver: Approver,
  query: InboxQuery,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Inbox> =>
  lookUntil(
    deps,
    { waiter: approver.id, topic: 'inbox', timeoutMs, lookAgainMs: LOOK_AGAIN_MS, signal },
    () => inboxOf(deps, approver, query),
    (seen) => seen.version !== version,
  )
