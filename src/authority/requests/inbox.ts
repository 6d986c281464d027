/** An approver's inbox: the requests that wait for their groups, and those answered recently. SPEC 2. */
import { digestOf } from '@countersign/verifier'
import { type ApprovalRequest, stateAt } from '../../domain/approval/approval-request.ts'
import { INBOX_PAGE, type InboxFilter } from '../../domain/approval/request-filter.ts'
import { forAllAlike } from '../../domain/consent/alike.ts'
import { type AbsentPlace, eligibility, placesFor, whyAlone } from '../../domain/consent/eligibility.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { wordsIn } from '../../domain/ledger/words.ts'
import { consenterOf, groupsAnswered, ownPlace } from '../../domain/policy/deputies.ts'
import { isUseful } from '../../domain/policy/quorum.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { PolicyStore } from '../../store/contract/policy-store.ts'
import type { InboxPage, RequestStore } from '../../store/contract/request-store.ts'
import { absentPlaces } from '../absences/absent-places.ts'
import type { Deps, Uses } from '../deps.ts'
import { lookUntil } from '../wake-ups.ts'
import { joinableAmong } from './joinable.ts'
import { withOutlines } from './outline.ts'
import { type Answerers, unfillableBy } from './unfillable.ts'

const ANSWERED_FOR_SECONDS = 86_400
/** The limit counts twice: for requests that wait for others, and for those decided lately. */
const ANSWERED_LIMIT = 50
/** The expiry of a request is not announced, so a waiting inbox looks again this often. */
const LOOK_AGAIN_MS = 5000

export interface Inbox {
  /** A page of those that this person may still usefully answer: changes to the authority, then others, by deadline. */
  readonly waiting: readonly ApprovalRequest[]
  readonly count: WaitingCount
  /** The pages before and after this one. */
  readonly previous: number | null
  readonly next: number | null
  /** Ids of those that this person can consent to together with others. */
  readonly together: ReadonlySet<string>
  readonly stopped: ReadonlySet<string>
  /** Those to which this person has consented and that wait for others, then those decided lately. */
  readonly answered: readonly ApprovalRequest[]
  /** A digest of the members above and of the policy in force, which may refuse requests that wait. */
  readonly version: string
}

/** All that wait for a person, on whichever page. */
export interface WaitingCount {
  readonly atLeast: number
  /** False where some of those on other pages may wait for other people only. */
  readonly isExact: boolean
}

export interface ShownInbox extends Omit<Inbox, 'together'> {
  readonly people: Answerers['people']
  /** The length of each request that one gesture can approve with others, by its id. */
  readonly together: ReadonlyMap<string, number>
  /** Why nobody can fill the quorum of a waiting request now, by its id. */
  readonly unfillable: ReadonlyMap<string, string>
}

/** A filter as people type it. */
export type InboxQuery = Omit<InboxFilter, 'words'> & {
  readonly words?: string | undefined
  /** From 1. */
  readonly page?: number | undefined
}

type Needs = Uses<RequestStore & PeopleStore & Pick<PolicyStore, 'policyInForce'>, 'config' | 'now'>

/** For pages, which say what each waiting request is about: large actions are read one by one, and not kept whole. */
export async function readInbox(deps: Needs, approver: Approver, query: InboxQuery = {}): Promise<ShownInbox> {
  const [{ consented, together, ...inbox }, people] = await Promise.all([
    inboxOf(deps, approver, query),
    deps.store.listApprovers(),
  ])
  const lengths = await joinableAmong(
    deps.store,
    inbox.waiting.filter(({ id }) => together.has(id)),
  )
  const waiting = await withOutlines(deps.store, inbox.waiting)
  const unfillable = unfillableBy(waiting, { people, consented }, deps.now())
  return { ...inbox, waiting, people, unfillable, together: lengths }
}

/** `consented`: who has consented to each waiting request. */
async function inboxOf(
  deps: Needs,
  approver: Approver,
  { words, page = 1, ...members }: InboxQuery,
): Promise<Inbox & Pick<Answerers, 'consented'>> {
  const now = deps.now()
  const span = { now, decidedSince: now - ANSWERED_FOR_SECONDS }
  const bounds = { skip: (page - 1) * INBOX_PAGE, limit: INBOX_PAGE, answeredLimit: ANSWERED_LIMIT }
  const filter = { ...members, ...(words === undefined ? {} : { words: wordsIn(words) }) }
  const asked = { groups: groupsAnswered(approver, now), ownGroups: ownPlace(approver).groups }
  const [read, runs, absent, policy] = await Promise.all([
    deps.store.inbox({ approver: approver.id, issuer: deps.config.origin, ...asked, filter, ...span, ...bounds }),
    deps.store.agentsRunBy(approver.id),
    absentPlaces(deps, approver),
    deps.store.policyInForce(),
  ])
  const [over, pending] = [
    read.requests.filter((request) => !isPending(request, now)),
    read.requests.filter((request) => isPending(request, now)),
  ]
  const { consented, stopped } = read
  const { waiting, done, together } = sortPending(deps.config.origin, read, { approver, runs, absent }, pending)
  const count = {
    atLeast: Math.max(waiting.length, read.waiting - read.onPage + waiting.length - read.unsureBeyond),
    isExact: read.unsureBeyond === 0,
  }
  const next = bounds.skip + read.onPage < read.waiting ? page + 1 : null
  const answered = [...done, ...over]
  const content = [...waiting, ...answered].map((request) => {
    const { id, consents } = request
    return [id, stateAt(request, now), consents, together.has(id), stopped.has(id)]
  })
  const digest = await digestOf([policy, count.atLeast, count.isExact, next !== null, ...content])
  const version = digest.slice('sha-256:'.length, 'sha-256:'.length + 22)
  return { waiting, count, previous: page > 1 ? page - 1 : null, next, together, stopped, answered, version, consented }
}

const isPending = (request: ApprovalRequest, now: number): boolean => stateAt(request, now) === 'pending'

interface Reader {
  readonly approver: Approver
  /** The agents that they run. */
  readonly runs: readonly string[]
  readonly absent: readonly AbsentPlace[]
}

/** Those that wait for this person, and those to which they have consented; not those that wait for others alone. */
function sortPending(
  issuer: string,
  { consented, stopped }: Pick<InboxPage, 'consented' | 'stopped'>,
  { approver, runs, absent }: Reader,
  pending: readonly ApprovalRequest[],
) {
  const own = ownPlace(approver)
  const partIn = forAllAlike((request, members) => {
    const places = placesFor(request, absent, issuer)
    return {
      isAsked: [own, ...places].some((place) => isUseful(request.terms, members, place)),
      isJoinable:
        whyAlone(request, issuer) === null && eligibility(request, approver, { runs, consented: members, places }).ok,
    }
  })
  const waiting: ApprovalRequest[] = []
  const done: ApprovalRequest[] = []
  const together = new Set<string>()
  for (const request of pending) {
    const members = consented.get(request.id) ?? []
    const part = partIn(request, members)
    if (members.some((member) => consenterOf(member) === approver.id)) done.push(request)
    else if (part.isAsked) {
      waiting.push(request)
      if (part.isJoinable && !stopped.has(request.id)) together.add(request.id)
    }
  }
  return { waiting, done, together }
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
