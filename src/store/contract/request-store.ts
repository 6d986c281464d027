/**
 * Approval requests: opened, shown, consented to, denied, withdrawn, expired.
 *
 * Types only; the store implements them. A verb that changes state takes the ledger entries of that change: both commit
 * or neither does. SPEC 8, 13.
 */
import type { Consent, Digest } from '@countersign/verifier'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Role } from '../../domain/identity/parties.ts'
import type { Usage } from '../../domain/identity/usage.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import type { Notice } from '../../domain/notify/notice.ts'
import type { IssuedToken } from './token-store.ts'

/** What is kept of a request: everything but what lives in erasable payload rows. */
export type RequestRow = Omit<ApprovalRequest, 'action' | 'preview' | 'reason' | 'consents' | 'separation' | 'jti'> & {
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
  readonly payloads: readonly Payload[]
  readonly entries: readonly PreparedEntry[]
  /** Whom it concerns is told of a request that waits; of one that is allowed, nobody. */
  readonly notices: readonly Notice[]
  readonly idempotency: Idempotency | null
  /** For a request that waits for humans: how many may wait, exactly, per agent and per group of approvers. */
  readonly limits: { readonly pendingPerAgent: number; readonly pendingPerGroup: number } | null
  /** The executor's challenge (`iss` + `jti`), which opens one request only; null when the agent asked. */
  readonly challenge: { readonly issuer: string; readonly jti: string } | null
  /** For an `allow`: the token, issued with the request in the same statement. */
  readonly token: { readonly issued: IssuedToken; readonly entry: PreparedEntry } | null
}

export type OpenVerdict =
  /** `leaf`: of the committed `token.issued` entry; null where no token was issued with the request. */
  | { readonly verdict: 'opened'; readonly leaf: Uint8Array | null }
  | { readonly verdict: 'replayed'; readonly request: string }
  | { readonly verdict: 'idempotency_mismatch' }
  | { readonly verdict: 'challenge_used'; readonly request: string; readonly agent: string }
  /** `killed`: a standing switch selects it. */
  | { readonly verdict: 'agent_limit' | 'group_limit' | 'killed' }

/** A consent that was verified, about to be recorded. */
export interface GivenConsent {
  readonly request: string
  readonly consent: Consent
  readonly separation: boolean
  readonly entry: PreparedEntry
}

export type ConsentVerdict =
  | { readonly verdict: 'recorded'; readonly approved: boolean; readonly consents: number }
  /** Already decided, expired, or of the other separation; already consented by this approver; stopped by a switch. */
  | { readonly verdict: 'too_late' | 'duplicate' | 'killed' }

/** What an entry about the end of a request is made of. */
export interface EndedRequest {
  readonly id: string
  readonly trace: string
  readonly agent: string
  readonly principal: string
  readonly audience: string
  readonly digest: Digest
  readonly name: string
}

/** What a revocation ended beside its object: each of them is a fact and wants its entry. */
export interface Ended {
  /** Pending requests that are now withdrawn. */
  readonly requests: readonly EndedRequest[]
  /** Live, unspent tokens that are now revoked. */
  readonly tokens: readonly { readonly jti: string; readonly request: EndedRequest }[]
}

export interface RequestStore {
  openRequest(open: OpenRequest): Promise<OpenVerdict>
  request(id: string): Promise<ApprovalRequest | undefined>
  /** Requests waiting for this group, oldest deadline first; with those decided since `decidedSince` after them. */
  inbox(
    group: Role,
    now: number,
    options: { readonly decidedSince: number; readonly limit: number },
  ): Promise<readonly ApprovalRequest[]>
  /** Exactly one consent per human; the one that fills the quorum approves. Also moves the passkey's counter. */
  recordConsent(
    input: GivenConsent & {
      readonly approver: string
      readonly credentialId: string
      readonly counter: number
      readonly backedUp: boolean
      readonly now: number
    },
  ): Promise<ConsentVerdict>
  /**
   * Several consents of one gesture, in one transaction: each has its own verdict, in the order given, and none suffers
   * for another's. A request stands among them once.
   */
  recordConsents(input: {
    readonly approver: string
    readonly credentialId: string
    readonly counter: number
    readonly backedUp: boolean
    readonly now: number
    readonly given: readonly GivenConsent[]
  }): Promise<readonly ConsentVerdict[]>
  /** Those of `requests` to which this approver has consented. */
  consentedTo(approver: string, requests: readonly string[]): Promise<ReadonlySet<string>>
  recordDenial(
    request: string,
    approver: string,
    now: number,
    entry: PreparedEntry,
    payloads: readonly Payload[],
  ): Promise<boolean>
  withdraw(request: string, agent: string, now: number, entry: PreparedEntry): Promise<boolean>
  /** Ends up to `limit` requests whose time is over; `entryFor` makes the entry of each. Returns their ids. */
  expireDue(
    now: number,
    limit: number,
    entryFor: (request: EndedRequest) => Promise<PreparedEntry>,
  ): Promise<readonly string[]>
  consents(
    request: string,
  ): Promise<readonly { readonly approver: string; readonly credentialId: string; readonly consent: Consent }[]>
  /** What was asked since `from`, and of that since `recentFrom`, the authority's own actions included. */
  usage(from: number, recentFrom: number): Promise<readonly Usage[]>
}
