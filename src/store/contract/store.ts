/**
 * The contract between the way of an approval and its database, in domain verbs.
 *
 * A verb that changes state takes the ledger entries of that change: both commit or neither does. Where a verb says
 * "exactly one", a single SQL statement decides and its returned row is the verdict; there is no check-then-act.
 * Every verb may throw `StoreUnavailable`; nothing is half done then. Instants are epoch seconds, given by the caller.
 * SPEC 8, 13.
 */
import type { ApprovalClaims, Consent, ConsentStatement, Digest } from '@countersign/verifier'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type {
  Agent,
  Approver,
  Caller,
  Credential,
  CredentialKind,
  Executor,
  Passkey,
  Role,
  Webhook,
} from '../../domain/identity/parties.ts'
import type { Usage } from '../../domain/identity/usage.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import type { Notice } from '../../domain/notify/notice.ts'
import type { LogStore } from './log-store.ts'
import type { NotifyStore } from './notify-store.ts'
import type { SearchStore } from './search-store.ts'
import type { ControlStore } from './stop-store.ts'

/** The database is away or refused to answer: the caller answers 503 and nothing was done. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

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

/** A token on its way: claims without signature, and where its status bit stands. */
export interface IssuedToken {
  readonly jti: string
  readonly request: string
  readonly agent: string
  readonly audience: string
  readonly statusList: number
  readonly statusIndex: number
  readonly uses: number
  readonly issuedAt: number
  readonly expiresAt: number
  readonly claims: ApprovalClaims
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

/** One attempt at a passkey gesture. `challenge` is base64url of the 32 bytes; `context` is what it is bound to. */
export interface Offer {
  readonly challenge: string
  readonly purpose: 'consent' | 'consent-batch' | 'sign-in' | 'enrol' | 'add-passkey'
  readonly approver: string | null
  readonly request: string | null
  readonly context: OfferContext
  readonly expiresAt: number
}

export interface OfferContext {
  readonly statement?: ConsentStatement
  /** Of a batch, in the order that is signed. */
  readonly statements?: readonly ConsentStatement[]
  readonly invitation?: string
  /** WebAuthn user handle of a person about to enrol: their approver id. */
  readonly userHandle?: string
  readonly name?: string
  readonly label?: string
}

export interface Invitation {
  /** base64url SHA-256 of the link's secret. */
  readonly hash: string
  readonly bootstrap: boolean
  readonly name: string | null
  readonly roles: readonly Role[]
  /** Who consented to it: an approver's id, null for the first admin. */
  readonly invitedBy: string | null
  /** The request that authorised it. */
  readonly request: string | null
  readonly createdAt: number
  readonly expiresAt: number
}

export interface Session {
  readonly hash: string
  readonly approver: string
  readonly createdAt: number
  readonly expiresAt: number
}

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

export interface Redeem {
  readonly jti: string
  readonly audience: string
  /** Hash of the executor's credential: its validity is part of the deciding statement. */
  readonly credentialHash: string
  /** The executor as policy saw it; another version in the database is verdict `stale_executor`. */
  readonly executorVersion: number
  readonly now: number
  /** base64url, as presented, for auditors. */
  readonly signature: string
  readonly entry: PreparedEntry
}

export type RedeemVerdict =
  | { readonly verdict: 'redeemed'; readonly use: number }
  | {
      readonly verdict:
        | 'unauthenticated'
        | 'stale_executor'
        | 'unknown'
        | 'expired'
        | 'revoked'
        | 'spent'
        | 'killed'
        | 'agent_revoked'
    }

export interface RedemptionRow {
  readonly jti: string
  readonly use: number
  readonly request: string
  readonly audience: string
  readonly redeemedAt: number
  readonly outcome: 'succeeded' | 'failed' | 'aborted' | null
  readonly reportedAt: number | null
}

/** A public signing key and its life: published, then signing from `signsFrom`, gone from the JWKS at `retiredAt`. */
export interface SigningKeyRow {
  readonly kid: string
  readonly alg: 'ES256' | 'EdDSA'
  readonly publicJwk: Readonly<Record<string, unknown>>
  readonly publishedAt: number
  readonly signsFrom: number
  readonly retiredAt: number | null
}

/** An entry as it stands in the ledger. `id` is the order of arrival; the leaf index comes with sequencing. */
export interface StoredEntry {
  readonly id: number
  readonly body: string
  readonly leaf: Uint8Array
}

/** What a revocation ended beside its object: each of them is a fact and wants its entry. */
export interface Ended {
  /** Pending requests that are now withdrawn. */
  readonly requests: readonly EndedRequest[]
  /** Live, unspent tokens that are now revoked. */
  readonly tokens: readonly { readonly jti: string; readonly request: EndedRequest }[]
}

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

/** A redemption whose executor never said what came of it. */
export interface MissingOutcome extends EndedRequest {
  readonly jti: string
  readonly use: number
}

/** What is to be erased: payloads and token texts of requests opened before `before`. */
export interface ErasureOrder {
  readonly id: string
  readonly rule: 'age' | 'principal' | 'request'
  /** The principal or the request; null for a rule of age. */
  readonly subject: string | null
  readonly before: number
  /** The request that authorised it; null for the configured retention. */
  readonly request: string | null
  /** The first leaf not looked at yet. */
  readonly next: number
}

/** What was erased of one request. */
export interface ErasedRequest {
  readonly request: EndedRequest
  readonly digests: readonly Digest[]
  /** The token whose text was erased. */
  readonly jti: string | null
}

/** Entries known beforehand, or made within the transaction from what it ended; then perhaps more than once. */
export type RevocationEntries = readonly PreparedEntry[] | ((ended: Ended) => Promise<readonly PreparedEntry[]>)

/** An act of administration, carried out with the redemption of the token that allowed it. */
export type AdministrativeChange =
  | { readonly kind: 'agent.add'; readonly agent: Agent; readonly credential: Credential; readonly hash: string }
  | {
      readonly kind: 'executor.add'
      readonly executor: Executor
      readonly credential: Credential
      readonly hash: string
    }
  | { readonly kind: 'executor.update'; readonly executor: Executor }
  | { readonly kind: 'credential.add'; readonly credential: Credential; readonly hash: string }
  | { readonly kind: 'approver.invite'; readonly invitation: Invitation }
  | {
      readonly kind: 'key.rotate'
      readonly key: SigningKeyRow
      readonly retire: readonly { kid: string; at: number }[]
    }
  /** Its entry is all there is to it. */
  | { readonly kind: 'log-key.announce' }
  | { readonly kind: 'payload.erase'; readonly order: ErasureOrder }
  | { readonly kind: 'killswitch.release'; readonly id: string; readonly atMs: number; readonly request: string | null }
  | { readonly kind: 'webhook.add'; readonly webhook: Webhook }

/**
 * Text must not contain U+0000, which PostgreSQL cannot keep: a verb given one throws `TypeError` before it asks the
 * database. Within documents (bodies, payload contents, claims, contexts) it is fine, since JSON writes it escaped.
 */
export interface Store extends LogStore, SearchStore, ControlStore, NotifyStore {
  /** True when the database answers and its migrations are those of this build. */
  ready(): Promise<boolean>
  close(): Promise<void>

  // ── callers ──────────────────────────────────────────────────────────────
  /** Who this secret belongs to now; undefined for unknown, expired, revoked, or of a revoked agent or executor. */
  authenticate(secretHash: string, now: number): Promise<Caller | undefined>
  agent(id: string): Promise<Agent | undefined>
  executor(audience: string): Promise<Executor | undefined>
  listAgents(): Promise<readonly (Agent & { readonly credentials: readonly Credential[] })[]>
  listExecutors(): Promise<readonly (Executor & { readonly credentials: readonly Credential[] })[]>
  listCredentials(kind: CredentialKind): Promise<readonly Credential[]>
  /** Ensures an operator credential given by configuration or written to the data directory is known. Idempotent. */
  ensureCredential(credential: Credential, hash: string, entry: PreparedEntry): Promise<'added' | 'known'>
  /** The authority's own agent and executor rows, kept in step with this build. Idempotent, writes no entry. */
  ensureOwnParties(agent: Agent, executor: Executor): Promise<void>

  // ── administration ───────────────────────────────────────────────────────
  /** Before the first admin only, checked in the same statement: 'admin_exists' otherwise. 'exists' for a taken id. */
  administerAtBootstrap(
    change: AdministrativeChange,
    entries: readonly PreparedEntry[],
    payloads: readonly Payload[],
  ): Promise<'done' | 'admin_exists' | 'exists'>
  /**
   * Redeems the token, as the executor that the authority itself is, and makes the change, in one transaction. 'exists'
   * for a taken id, or an executor that has this version or a newer one: nothing is spent then.
   */
  administer(
    redeem: Omit<Redeem, 'credentialHash'>,
    change: AdministrativeChange,
    entries: readonly PreparedEntry[],
    payloads: readonly Payload[],
  ): Promise<RedeemVerdict | { readonly verdict: 'exists' }>
  /** Ends the agent, its credentials, its pending requests (withdrawn) and its live tokens (revoked). */
  revokeAgent(id: string, at: number, entries: RevocationEntries): Promise<boolean>
  /** The same for an executor: its credentials, the pending requests for it, its live tokens. */
  revokeExecutor(audience: string, at: number, entries: RevocationEntries): Promise<boolean>
  /** Takes an action out of an executor's catalogue; false where it offers no such action, or was revoked. */
  removeAction(audience: string, name: string, entries: readonly PreparedEntry[]): Promise<boolean>
  /** What was asked since `from`, and of that since `recentFrom`, the authority's own actions included. */
  usage(from: number, recentFrom: number): Promise<readonly Usage[]>
  revokeCredential(id: string, at: number, entries: readonly PreparedEntry[]): Promise<boolean>
  /** Nothing is delivered to it from then on. */
  removeWebhook(id: string, at: number, entries: readonly PreparedEntry[]): Promise<boolean>

  // ── people ───────────────────────────────────────────────────────────────
  hasAdmin(): Promise<boolean>
  /** Keeps the one open first-admin invitation; an older one dies. Refused ('admin_exists') once there is an admin. */
  offerBootstrap(invitation: Invitation): Promise<'offered' | 'admin_exists'>
  invitation(hash: string, now: number): Promise<Invitation | undefined>
  /** Takes the invitation (exactly once) and enrols the person with their first passkey. A bootstrap one needs that there is no admin. */
  enrolApprover(input: {
    readonly invitation: string
    readonly approver: Omit<Approver, 'name'>
    /** Content: `{ name }`. */
    readonly person: Payload
    readonly passkey: Passkey
    readonly entries: readonly PreparedEntry[]
    readonly now: number
  }): Promise<'enrolled' | 'invitation_gone' | 'credential_exists'>
  addPasskey(
    passkey: Passkey,
    entries: readonly PreparedEntry[],
  ): Promise<'added' | 'credential_exists' | 'approver_gone'>
  /**
   * Revokes the key, the consents it gave to requests without a token (an approved one that lacks its quorum then is
   * pending again), and the unspent tokens that rest on them. Never the last key of the last admin: 'last_admin_key'.
   */
  revokePasskey(
    credentialId: string,
    approver: string,
    at: number,
    entries: RevocationEntries,
  ): Promise<'revoked' | 'unknown' | 'last_admin_key'>
  passkey(credentialId: string): Promise<Passkey | undefined>
  passkeysOf(approver: string): Promise<readonly Passkey[]>
  approver(id: string): Promise<Approver | undefined>
  /** Ids of the live agents this person runs. */
  agentsRunBy(approver: string): Promise<readonly string[]>
  listApprovers(): Promise<
    readonly (Approver & { readonly passkeys: readonly Passkey[]; readonly runs: readonly string[] })[]
  >
  startSession(
    session: Session,
    passkey: {
      readonly credentialId: string
      readonly counter: number
      readonly backedUp: boolean
      readonly at: number
    },
  ): Promise<boolean>
  /** The approver behind a session cookie, or undefined when it ended or the person was removed. */
  session(hash: string, now: number): Promise<Approver | undefined>
  endSession(hash: string): Promise<void>

  // ── gestures ─────────────────────────────────────────────────────────────
  offer(offer: Offer): Promise<void>
  /** Takes an offer: exactly one taker ever gets it, in a statement of its own that no later rollback undoes. */
  takeOffer(challenge: string, purpose: Offer['purpose'], now: number): Promise<Offer | undefined>

  // ── the way of a request ─────────────────────────────────────────────────
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

  // ── tokens ───────────────────────────────────────────────────────────────
  /** Reserves `count` consecutive status positions, never given out twice; returns the first. */
  reserveStatusPositions(count: number): Promise<number>
  /** Exactly one token per request: 'issued' with the committed leaf, or the claims that were issued before. */
  issueToken(
    token: IssuedToken,
    entry: PreparedEntry,
  ): Promise<
    | { readonly verdict: 'issued'; readonly leaf: Uint8Array }
    | { readonly verdict: 'already'; readonly claims: ApprovalClaims }
    | { readonly verdict: 'not_approved' | 'killed' }
  >
  issuedClaims(request: string): Promise<ApprovalClaims | undefined>
  /** Keeps the JWS signatures of minted tokens for auditors; one that is kept stays. */
  recordSignatures(
    minted: readonly { readonly jti: string; readonly signature: string; readonly kid: string }[],
  ): Promise<void>
  /** Exactly one redeemer per use; decided, written and logged in one statement. */
  redeemOnce(redeem: Redeem): Promise<RedeemVerdict>
  redemption(jti: string, use: number): Promise<RedemptionRow | undefined>
  /** One outcome per redemption, by its own executor. */
  reportOutcome(input: {
    readonly jti: string
    readonly use: number
    readonly audience: string
    readonly outcome: 'succeeded' | 'failed' | 'aborted'
    readonly now: number
    readonly entry: PreparedEntry
    readonly payloads: readonly Payload[]
  }): Promise<'reported' | 'already' | 'unknown'>
  /** Revoked positions within one status list, of tokens that were not spent. */
  revokedPositions(list: number): Promise<readonly number[]>

  // ── keys and ledger ──────────────────────────────────────────────────────
  signingKeys(): Promise<readonly SigningKeyRow[]>
  ensureSigningKey(key: SigningKeyRow, entry: PreparedEntry): Promise<'added' | 'known'>
  /** Deletes what has ended and nobody may need: sessions, offers, and idempotency keys after 24 hours. Never the ledger. */
  sweep(now: number): Promise<void>
  /** Writes entries that have no state beside them, such as refusals. */
  appendEntries(entries: readonly PreparedEntry[]): Promise<void>
  /** The entries of one trace in order of arrival. */
  entriesOfTrace(trace: string): Promise<readonly StoredEntry[]>
  /** Entries after `id` in order of arrival. */
  entriesAfter(id: number, limit: number): Promise<readonly StoredEntry[]>

  // ── following the log ────────────────────────────────────────────────────
  /**
   * Notes redemptions of before `due` that have no outcome, each once, but for those of `own`, which reports to nobody.
   * Looks at up to `limit` redemptions; returns how many are missing.
   */
  missOutcomes(
    input: { readonly own: string; readonly now: number; readonly due: number; readonly limit: number },
    entryFor: (missing: MissingOutcome) => Promise<PreparedEntry>,
  ): Promise<number>
  requestOfToken(jti: string): Promise<string | undefined>
  /** The standing order to erase what is older than `before`, which only moves on. */
  extendRetention(before: number): Promise<void>
  /**
   * Carries out part of an order: up to `limit` requests, in the order of the log, none that is still alive. Returns how
   * many were looked at; null when there is no order left.
   */
  erasePortion(
    now: number,
    limit: number,
    entryFor: (order: ErasureOrder, erased: ErasedRequest) => Promise<PreparedEntry>,
  ): Promise<number | null>

  // ── executors' streams ───────────────────────────────────────────────────
  /** Those of these executors' credentials that were neither revoked nor have expired. */
  credentialsInForce(ids: readonly string[], now: number): Promise<readonly string[]>

  // ── events ───────────────────────────────────────────────────────────────
  /**
   * Calls `listener` with a topic whenever any process announced it; returns the way to stop. Topics: `request:<id>`,
   * `inbox`, `control`, `confirmations`, and `*` after a lost connection was regained: anything may have been announced meanwhile.
   */
  listen(listener: (topic: string) => void): Promise<() => Promise<void>>
  /** State-changing verbs on requests announce their topics themselves, with their commit. */
}
