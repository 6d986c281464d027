/** The store's verbs on approval requests: open, show, consent, deny, withdraw, expire. SPEC 8, 13. */
import type { Consent, Digest } from '@countersign/verifier'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { InboxFilter } from '../../domain/approval/request-filter.ts'
import type { Series } from '../../domain/approval/series.ts'
import type { Absence } from '../../domain/identity/absence.ts'
import type { Agent } from '../../domain/identity/parties.ts'
import type { Usage } from '../../domain/identity/usage.ts'
import type { PreparedEntry, RequestParties } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import type { Notice } from '../../domain/notify/plan.ts'
import type { Member } from '../../domain/policy/quorum.ts'
import type { HistoryTurn } from './history-store.ts'
import type { IssuedToken } from './token-store.ts'

/** The row of a request: everything but what lives in erasable payload rows. */
export type RequestRow = Omit<
  ApprovalRequest,
  | 'action'
  | 'altered'
  | 'loss'
  | 'preview'
  | 'reason'
  | 'consents'
  | 'separation'
  | 'denial'
  | 'jti'
  | 'series'
  | 'changedTo'
> & {
  readonly previewBy: 'executor' | 'agent' | null
  readonly previewDigest: Digest | null
}

export interface Idempotency {
  /** The credential's subject. */
  readonly client: string
  readonly endpoint: string
  readonly key: string
  readonly bodyHash: string
}

export interface OpenRequest {
  readonly request: RequestRow
  /** For a call under a grant, as its people consented. */
  readonly separation: boolean | null
  /** For a grant. */
  readonly series: Series | null
  readonly payloads: readonly Payload[]
  readonly entries: readonly PreparedEntry[]
  /** For a request that waits: the people to notify. */
  readonly notices: readonly Notice[]
  readonly idempotency: Idempotency | null
  /** For a request that waits: the exact limits of waiting requests, per agent and per group of approvers. */
  readonly limits: { readonly pendingPerAgent: number; readonly pendingPerGroup: number } | null
  /** The executor's challenge (`iss` + `jti`), which opens one request only; null when the agent asked. */
  readonly challenge: { readonly issuer: string; readonly jti: string } | null
  /** Where the policy declares facts that concern this call. */
  readonly history: HistoryTurn | null
  /** For an `allow`: the token, issued with the request in the same statement. */
  readonly token: { readonly issued: IssuedToken; readonly entry: PreparedEntry } | null
}

/** The request that a call with this key opened, or that the key was used with another body. */
export type EarlierCall =
  | { readonly verdict: 'replayed'; readonly request: string }
  | { readonly verdict: 'idempotency_mismatch' }

export type OpenVerdict =
  /** `leaf`: of the committed `token.issued` entry; null where no token was issued with the request. */
  | { readonly verdict: 'opened'; readonly leaf: Uint8Array | null }
  | EarlierCall
  | { readonly verdict: 'challenge_used'; readonly request: string; readonly agent: string }
  | { readonly verdict: 'killed' }
  /** Another call was counted since the decision: decide again. */
  | { readonly verdict: 'outdated_history' }
  /** Another policy is in force than the one that decided. */
  | { readonly verdict: 'stale_policy' }
  /** Another request to undo the same waits already. */
  | { readonly verdict: 'undo_waits' }
  | { readonly verdict: 'agent_limit' | 'group_limit' }

export interface GivenConsent {
  readonly request: string
  readonly consent: Consent
  readonly separation: boolean
  readonly entry: PreparedEntry
}

export type ConsentVerdict =
  | { readonly verdict: 'recorded'; readonly approved: boolean; readonly consents: number }
  /**
   * Already decided, expired, or of the other separation; already consented by this approver; stopped by a switch; of no
   * use, since the approver takes no place that is still to be filled, or not yet.
   */
  | { readonly verdict: 'too_late' | 'duplicate' | 'killed' | 'useless' }

/** The passkey use that gave one consent or several. */
export interface ConsentGesture {
  readonly approver: string
  readonly credentialId: string
  readonly counter: number
  readonly backedUp: boolean
  readonly now: number
}

export interface StoredConsent {
  readonly approver: string
  readonly credentialId: string
  readonly consent: Consent
  readonly givenAt: number
}

/** The part of a request that goes into the entry about its end. */
export type EndedRequest = RequestParties & { readonly trace: string }

/** Requests and tokens that a revocation ended beside its object: each is a fact and needs its entry. */
export interface Endings {
  readonly requests: readonly EndedRequest[]
  readonly tokens: readonly { readonly jti: string; readonly request: EndedRequest }[]
  /** How many of the requests waited for people until then. */
  readonly waiting?: number
  /** Consents that count no more; their requests wait again. */
  readonly voided?: readonly (EndedRequest & { readonly approver: string })[]
  /** Of a person who was suspended or removed, or lost a role. */
  readonly absences?: readonly Absence[]
  /** Of a person who was removed. */
  readonly passkeys?: readonly { readonly approver: string; readonly credentialId: string; readonly kid: string }[]
  readonly invitations?: readonly string[]
  readonly agents?: { readonly removed: readonly string[]; readonly changed: readonly Agent[] }
}

/** Makes the entries of an end, within its transaction, from what it ended; perhaps more than once. */
export type EntriesFor = (ended: Endings) => Promise<readonly PreparedEntry[]>

/** A page of an inbox: `limit` requests that wait, after `skip` others. */
export interface InboxReading {
  /** Requests to which they have consented wait for others alone. */
  readonly approver: string
  /** All groups for which they are asked, and of these their own. */
  readonly groups: readonly string[]
  readonly ownGroups: readonly string[]
  /** Its own changes come first. */
  readonly issuer: string
  readonly filter: InboxFilter
  readonly now: number
  readonly decidedSince: number
  readonly skip: number
  readonly limit: number
  /** Of requests consented to that still wait, and again of those that are decided. */
  readonly answeredLimit: number
}

export interface InboxPage {
  /**
   * `onPage` requests that wait for these groups: changes to the authority, then others, each by deadline. No agent has
   * more of a page than its turn, except where others have fewer. After them the person's own that wait for others, then
   * those decided since `decidedSince`. Without previews and reasons of any kind; `action` is null also where it is stored
   * in more than 8 KiB. Words of the filter are looked for in what approvers see, from the first moment on.
   */
  readonly requests: readonly ApprovalRequest[]
  readonly onPage: number
  /** By the id of each request to which somebody has consented: `consentedBy`. */
  readonly consented: ReadonlyMap<string, readonly Member[]>
  /** Ids of those that an active kill switch selects. */
  readonly stopped: ReadonlySet<string>
  /** All that wait, on whichever page, without the person's own. */
  readonly waiting: number
  /** Those on other pages that may wait for other people only: others have consented, or it may not be their turn. */
  readonly unsureBeyond: number
}

export interface RequestStore {
  openRequest(open: OpenRequest): Promise<OpenVerdict>
  earlierCall(idempotency: Idempotency): Promise<EarlierCall | undefined>
  request(id: string): Promise<ApprovalRequest | undefined>
  /**
   * Grants of this agent for this action of this executor, at most 32: first those that may have calls left, then those
   * that were over within the last eight hours, each newest first.
   */
  grantsFor(input: {
    readonly agent: string
    readonly audience: string
    readonly name: string
    readonly now: number
  }): Promise<readonly ApprovalRequest[]>
  /** Grants with calls left, by their end, at most 100: of an agent, or consented to by an approver; null for any. */
  liveGrants(input: {
    readonly agent: string | null
    readonly approver: string | null
    readonly now: number
  }): Promise<readonly ApprovalRequest[]>
  /** Several requests in the order of their ids, as `inbox` gives them: their texts together can be megabytes. */
  requestsById(ids: readonly string[]): Promise<readonly (ApprovalRequest | undefined)[]>
  inbox(input: InboxReading): Promise<InboxPage>
  /**
   * Exactly one consent per human, and only one that fills a place more of the quorum; the last of them approves. Also
   * moves the passkey's counter.
   */
  recordConsent(input: ConsentGesture & GivenConsent): Promise<ConsentVerdict>
  /**
   * Several consents of one gesture, in one transaction: each has its own verdict, in the order given, and none suffers
   * for another's. A request appears in it once.
   */
  recordConsents(
    input: ConsentGesture & { readonly given: readonly GivenConsent[] },
  ): Promise<readonly ConsentVerdict[]>
  /** By request, the people who have consented, in that order, with the groups that they answer for now. */
  consentedBy(requests: readonly string[]): Promise<ReadonlyMap<string, readonly Member[]>>
  /**
   * Counts the places of a request anew, as people and groups are now: one that is approved without a token and no
   * longer filled is pending again, one that is filled after all is approved. False where nothing changed.
   */
  recount(input: { readonly request: string; readonly now: number }): Promise<boolean>
  consents(request: string): Promise<readonly StoredConsent[]>
  /** False when the request no longer waits. */
  recordDenial(input: {
    readonly request: string
    readonly approver: string
    readonly now: number
    readonly entry: PreparedEntry
    readonly payloads: readonly Payload[]
  }): Promise<boolean>
  /** False when the request no longer waits, or is not this agent's. */
  withdraw(input: {
    readonly request: string
    readonly agent: string
    readonly now: number
    readonly entry: PreparedEntry
  }): Promise<boolean>
  /** Ends up to `limit` requests whose time is over; `entryFor` makes the entry of each. Returns their ids. */
  expireDue(input: {
    readonly now: number
    readonly limit: number
    readonly entryFor: (request: EndedRequest) => Promise<PreparedEntry>
  }): Promise<readonly string[]>
  /**
   * Requests opened and calls allowed without one since `from`, and of them those since `recentFrom`, the authority's own
   * actions included. Allowed calls count once the log has sequenced them.
   */
  usage(input: { readonly from: number; readonly recentFrom: number }): Promise<readonly Usage[]>
}
