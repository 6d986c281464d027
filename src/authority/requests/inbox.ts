/** An approver's inbox: the requests that wait for their groups, and those answered lately. SPEC 2. */
import { digestOf } from '@countersign/verifier'
import { type ApprovalRequest, stateAt } from '../../domain/approval/approval-request.ts'
import type { InboxFilter } from '../../domain/approval/request-filter.ts'
import { eligibility, whyAlone } from '../../domain/consent/eligibility.ts'
import { type Approver, groupsOf } from '../../domain/identity/parties.ts'
import { wordsIn } from '../../domain/ledger/words.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { Deps, Uses } from '../deps.ts'
import { lookUntil } from '../wake-ups.ts'
import { withOutlines } from './policy-outline.ts'

const ANSWERED_FOR_SECONDS = 86_400
const INBOX_LIMIT = 200
/** The expiry of a request is not announced, so a waiting inbox looks again this often. */
const LOOK_AGAIN_MS = 5000

export interface Inbox {
  /** Requests for this person to answer, by deadline. */
  readonly waiting: readonly ApprovalRequest[]
  /** Ids of those that this person can consent to together with others. */
  readonly together: ReadonlySet<string>
  readonly stopped: ReadonlySet<string>
  readonly answered: readonly ApprovalRequest[]
  readonly version: string
}

/** A filter as people type it. */
export type InboxQuery = Omit<InboxFilter, 'words'> & { readonly words?: string | undefined }

type Needs = Uses<RequestStore & PeopleStore & Pick<StopStore, 'stoppedAmong'>, 'config' | 'now'>

/** For pages, which say what each waiting request is about: large actions are read one by one, and not kept whole. */
export async function readInbox(deps: Needs, approver: Approver, query: InboxQuery = {}): Promise<Inbox> {
  const inbox = await inboxOf(deps, approver, query)
  const waiting = await withOutlines(deps.store, inbox.waiting)
  return { ...inbox, waiting }
}

async function inboxOf(deps: Needs, approver: Approver, { words, ...members }: InboxQuery): Promise<Inbox> {
  const now = deps.now()
  const span = { now, decidedSince: now - ANSWERED_FOR_SECONDS, limit: INBOX_LIMIT }
  const filter = { ...members, ...(words === undefined ? {} : { words: wordsIn(words) }) }
  const all = await deps.store.inbox({ groups: groupsOf(approver), filter, ...span })
  const isWaiting = (request: ApprovalRequest) => stateAt(request, now) === 'pending'
  const waiting = all.filter(isWaiting)
  const { together, stopped } = await approvable(deps, approver, waiting)
  const content = all.map((request) => {
    const { id, consents } = request
    return [id, stateAt(request, now), consents, together.has(id), stopped.has(id)]
  })
  const version = (await digestOf(content)).slice('sha-256:'.length, 'sha-256:'.length + 22)
  return { waiting, together, stopped, answered: all.filter((request) => !isWaiting(request)), version }
}

async function approvable({ store, config }: Needs, approver: Approver, waiting: readonly ApprovalRequest[]) {
  const begun = waiting.filter(({ consents }) => consents > 0).map(({ id }) => id)
  const [runs, done, stopped] = await Promise.all([
    store.agentsRunBy(approver.id),
    store.consentedTo({ approver: approver.id, requests: begun }),
    store.stoppedAmong(waiting.map(({ id }) => id)),
  ])
  const together = waiting.filter(
    (request) =>
      !done.has(request.id) &&
      !stopped.has(request.id) &&
      whyAlone(request, config.origin) === null &&
      eligibility(request, approver, runs).ok,
  )
  return { together: new Set(together.map(({ id }) => id)), stopped }
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
