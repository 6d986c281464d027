/**
 * What the doors (`http/`, `web/`) may ask of the authority, and what the authority is given to work with.
 *
 * Types only. The way of an approval is in authority.ts, people and passkeys in access.ts, changes to the authority
 * itself in administration.ts, what everyone may read in discovery.ts.
 */
import type { ErrorCode, JsonObject } from '@countersign/verifier'
import type { TileAddress } from '@countersign/verifier/proof'
import type { ApprovalRequest } from '../domain/approval/approval-request.ts'
import type { Agent, Approver, Caller, Credential, Executor, Passkey } from '../domain/identity/parties.ts'
import type { Review } from '../domain/identity/usage.ts'
import type { LogKey } from '../domain/ledger/log-key.ts'
import type { HashNode } from '../domain/ledger/tile-tree.ts'
import type { Policy } from '../domain/policy/policy.ts'
import type { Refusal, Result } from '../domain/refusal.ts'
import type { SigningKeys } from '../domain/token/signing-keys.ts'
import type { StoredEntry } from '../domain/ledger/entry.ts'
import type {
  Activity,
  Artifact,
  EntryFilter,
  FoundEntry,
  Page,
  Report,
  UnprovedEntry,
} from '../store/contract/search-store.ts'
import type { Store } from '../store/contract/store.ts'
import type { SigningKeyRow } from '../store/contract/token-store.ts'
import type { Config } from './config.ts'
import type { LogRunner } from './log/log-runner.ts'
import type { Courier } from './notify/courier.ts'
import type { Notifications } from './notify/notification-services.ts'
import type { NotifyKeys } from './notify/notify-keys.ts'
import type { Control, Revoking } from './stop/control.ts'
import type { Feed } from './stop/stream.ts'

/** Everything a service reads from the world. Nothing reaches for a clock, randomness or storage on its own. */
export interface Deps {
  readonly config: Config
  readonly store: Store
  readonly policy: Policy
  readonly keys: SigningKeys
  readonly logKey: LogKey
  /** Where the platform hashes without waiting. */
  readonly hashNode?: HashNode
  /** Epoch seconds, whole. */
  readonly now: () => number
  /** Epoch milliseconds of the same clock, for what is felt within some. */
  readonly nowMs: () => number
  /** Whole milliseconds by a clock that nobody sets. */
  readonly upMs: () => number
  readonly randomBytes: (count: number) => Uint8Array
  readonly events: Events
  readonly log: Log
  readonly limits: Limits
  readonly signatures: SignatureKeeper
  readonly notifyKeys: NotifyKeys
}

/** Keeps the signatures of minted tokens for auditors. */
export interface SignatureKeeper {
  readonly keep: (minted: { readonly jti: string; readonly signature: string; readonly kid: string }) => Promise<void>
  /** Writes what is held back. */
  readonly flush: () => Promise<void>
}

/** In-process and cross-process wake-ups; a wake-up is a hint, the database is the truth. */
export interface Events {
  /** Resolves at the next announcement of `topic`, at `timeoutMs`, or when `signal` aborts; never rejects. */
  readonly waitFor: (topic: string, timeoutMs: number, signal?: AbortSignal) => Promise<void>
}

/** Structured, one object a line. Never given a secret or a token. */
export interface Log {
  readonly debug: (event: string, fields?: Readonly<Record<string, unknown>>) => void
  readonly info: (event: string, fields?: Readonly<Record<string, unknown>>) => void
  readonly warn: (event: string, fields?: Readonly<Record<string, unknown>>) => void
  readonly error: (event: string, fields?: Readonly<Record<string, unknown>>) => void
}

/** Rates, counted per process. Resolves to null when allowed, else to the seconds to wait. */
export interface Limits {
  readonly take: (what: 'agent' | 'executor' | 'approver' | 'anonymous', key: string) => Promise<number | null>
}

/** `token` only to the actor and only when it was issued by this call. */
export interface Opened {
  readonly request: ApprovalRequest
  readonly token: Minted | null
}

export interface Minted {
  readonly token: string
  readonly jti: string
  readonly issuedAt: number
  readonly expiresAt: number
  readonly bound: boolean
  readonly authorizationDetails: readonly JsonObject[]
}

/** A proof of possession that came with a call: the DPoP header, and what it must cover. */
export interface PossessionProof {
  readonly proof: string
  readonly method: string
  readonly url: string
}

export interface OpenInput {
  readonly audience: string
  readonly action: unknown
  readonly principal?: string | undefined
  readonly preview?: unknown
  readonly reason?: string | undefined
  readonly act?: unknown
  readonly expiresInSeconds?: number | undefined
  readonly idempotencyKey?: string | undefined
  /** Hash of the body, for idempotency. */
  readonly bodyHash?: string | undefined
  /** Binds a token that is allowed at once; one that waits for people is bound when it is collected. */
  readonly possession?: PossessionProof | undefined
  /** W3C trace id the caller sent: kept for correlation only. */
  readonly parentTrace?: string | undefined
}

/** A request as one approver may see it. */
export interface RequestForApprover {
  readonly request: ApprovalRequest
  /** The state as of now. */
  readonly state: ApprovalRequest['state']
  /** Why this person cannot consent, in plain words; null when they can. */
  readonly cannotConsent: string | null
  /** True when this person would be approving for themselves, so that the token says `separation: false`. */
  readonly selfApproval: boolean
  readonly consentedByMe: boolean
  /** Why a consent to it is never given together with others; null where it may be. */
  readonly alone: string | null
  /** Display name of the principal where it is a known person. */
  readonly principalName: string | null
  readonly policyTitle: string
}

/** One approver's gesture is about to sign `statement`; `options` are PublicKeyCredentialRequestOptionsJSON. */
export interface ConsentOffer {
  readonly statement: JsonObject
  readonly options: JsonObject
}

export interface Answer {
  readonly request: ApprovalRequest
}

/** One gesture is about to sign all `statements`, in this order. */
export interface BatchOffer {
  readonly statements: readonly JsonObject[]
  readonly options: JsonObject
}

/** What became of one consent of a batch: the request as it is now, and why the consent does not count, if so. */
export interface BatchAnswer {
  readonly request: ApprovalRequest
  readonly refusal: Refusal | null
}

export interface Redeemed {
  readonly jti: string
  readonly request: string
  readonly trace: string
  readonly use: number
  readonly redeemedAt: number
}

export interface OutcomeReport {
  readonly use: number
  readonly outcome: 'succeeded' | 'failed' | 'aborted'
  /** A `Preview` of what did change; parsed where it is used. */
  readonly result?: unknown
  readonly detail?: string | undefined
}

export interface RefusalReport {
  readonly code: ErrorCode
  readonly name: string
  readonly jti?: string | undefined
  readonly request?: string | undefined
}

/** The way of an approval (authority.ts). */
export interface Authority {
  readonly open: (caller: Caller, input: OpenInput) => Promise<Result<Opened>>
  readonly openFromChallenge: (caller: Caller, challenge: string) => Promise<Result<Opened>>
  readonly view: (caller: Caller, id: string) => Promise<Result<ApprovalRequest>>
  /** Waits until the request leaves `pending`, or `timeoutMs` passed. */
  readonly settled: (
    caller: Caller,
    id: string,
    timeoutMs: number,
    signal?: AbortSignal,
  ) => Promise<Result<ApprovalRequest>>
  readonly collect: (caller: Caller, id: string, possession?: PossessionProof) => Promise<Result<Minted>>
  readonly withdraw: (caller: Caller, id: string) => Promise<Result<ApprovalRequest>>
  readonly inbox: (approver: Approver) => Promise<Inbox>
  readonly inboxChanged: (
    version: string,
    approver: Approver,
    timeoutMs: number,
    signal?: AbortSignal,
  ) => Promise<Inbox>
  readonly show: (approver: Approver, id: string) => Promise<Result<RequestForApprover>>
  readonly offerConsent: (approver: Approver, id: string) => Promise<Result<ConsentOffer>>
  readonly consent: (approver: Approver, id: string, assertion: unknown) => Promise<Result<Answer>>
  /** The same for several requests at once, all of which this approver could consent to now. */
  readonly offerBatch: (approver: Approver, ids: readonly string[]) => Promise<Result<BatchOffer>>
  /** One verdict for each, in order. Refused as a whole only where the gesture itself does not hold. */
  readonly consentBatch: (
    approver: Approver,
    ids: readonly string[],
    assertion: unknown,
  ) => Promise<Result<readonly BatchAnswer[]>>
  readonly deny: (approver: Approver, id: string, reason?: string) => Promise<Result<Answer>>
  readonly redeem: (caller: { readonly credentialHash: string }, token: string) => Promise<Result<Redeemed>>
  readonly reportOutcome: (caller: Caller, jti: string, report: OutcomeReport) => Promise<Result<Redeemed>>
  /** What an executor turned away becomes part of the record: on the request's trace where that was for it. */
  readonly reportRefusal: (caller: Caller, report: RefusalReport) => Promise<Result<{ readonly trace: string }>>
  readonly traceEntries: (caller: Caller | Approver, trace: string) => Promise<Result<readonly StoredEntry[]>>
  /** Expires what is due and clears what has ended; returns how many requests expired. */
  readonly sweep: () => Promise<number>
}

/** `waiting` are for this person to answer; `answered` lately decided ones. `version` changes with the content. */
export interface Inbox {
  readonly waiting: readonly ApprovalRequest[]
  /** Ids of those that this person can consent to together with others. */
  readonly together: ReadonlySet<string>
  /** Ids of those that a kill switch stops. */
  readonly stopped: ReadonlySet<string>
  readonly answered: readonly ApprovalRequest[]
  readonly version: string
}

export interface SignedIn {
  readonly approver: Approver
  /** The cookie's secret; only its hash is kept. */
  readonly session: string
  readonly expiresAt: number
}

/** People, passkeys and sessions (access.ts). */
export interface Access {
  readonly caller: (secret: string) => Promise<Caller | undefined>
  readonly session: (secret: string) => Promise<Approver | undefined>
  readonly signInOptions: () => Promise<Result<JsonObject>>
  readonly signIn: (assertion: unknown) => Promise<Result<SignedIn>>
  readonly signOut: (secret: string) => Promise<void>
  readonly invitation: (secret: string) => Promise<
    Result<{
      readonly bootstrap: boolean
      readonly name: string | null
      readonly roles: readonly string[]
      readonly expiresAt: number
      readonly registered: { readonly agents: readonly string[]; readonly executors: readonly string[] }
    }>
  >
  readonly enrolOptions: (secret: string, name: string, label?: string) => Promise<Result<JsonObject>>
  readonly enrol: (secret: string, registration: unknown) => Promise<Result<SignedIn>>
  readonly passkeys: (approver: Approver) => Promise<readonly Passkey[]>
  /** `{ creation, request }`: options for the new passkey, and for the existing one that authorises it. */
  readonly addPasskeyOptions: (approver: Approver, label?: string) => Promise<Result<JsonObject>>
  readonly addPasskey: (approver: Approver, assertion: unknown, registration: unknown) => Promise<Result<Passkey>>
  readonly revokePasskey: (approver: Approver, credentialId: string) => Promise<Result<true>>
  /** The one-time link for the first admin, 15 minutes long; null once there is an admin. */
  readonly bootstrapLink: () => Promise<string | null>
}

export interface Administered {
  readonly name: string
  readonly subject: string
  readonly credential?: string
  readonly expiresAt?: number
  readonly link?: string
}

/** The authority as its own first executor (administration.ts). */
export interface Administration {
  /** Opens the request for a change, as a signed-in admin. */
  readonly propose: (admin: Approver, action: unknown) => Promise<Result<Opened>>
  readonly collect: (admin: Approver, id: string) => Promise<Result<Minted>>
  /** Carries the change out. `token` null only before the first admin, by the operator. */
  readonly perform: (by: Caller | Approver, action: unknown, token: string | null) => Promise<Result<Administered>>
  readonly agents: () => Promise<readonly (Agent & { readonly credentials: readonly Credential[] })[]>
  readonly executors: () => Promise<readonly (Executor & { readonly credentials: readonly Credential[] })[]>
  readonly approvers: () => Promise<
    readonly (Approver & { readonly passkeys: readonly Passkey[]; readonly runs: readonly string[] })[]
  >
  readonly revokeAgent: (by: Caller | Approver, id: string) => Promise<Result<true>>
  readonly revokeExecutor: (by: Caller | Approver, audience: string) => Promise<Result<true>>
  readonly revokeCredential: (by: Caller | Approver, id: string) => Promise<Result<true>>
}

/** Least privilege (reviewing.ts). */
export interface Reviewing {
  readonly review: () => Promise<Review>
  /** Takes an action out of an executor's catalogue. Refuses: `not_found`, `forbidden` for the authority itself. */
  readonly removeAction: (by: Caller | Approver, audience: string, name: string) => Promise<Result<true>>
}

/** What everyone may read (discovery.ts). */
export interface Discovery {
  readonly jwks: () => Promise<JsonObject>
  readonly approverKeys: () => Promise<JsonObject>
  readonly metadata: () => JsonObject
  /** The signed status list, or undefined for a list that does not exist. */
  readonly statusList: (list: number) => Promise<string | undefined>
  readonly ready: () => Promise<boolean>
}

/** What an auditor looks for; `resource` as it stood in the action, `words` as somebody typed them. */
export type Looked = Omit<EntryFilter, 'resource' | 'words'> & {
  readonly resource?: string | undefined
  readonly words?: string | undefined
}

/** A piece of the tail: what was proved since, up to where, and how many committed entries are still to be. */
export interface Tailed {
  readonly entries: readonly FoundEntry[]
  /** Leaf index to go on after, also where nothing was found. */
  readonly position: number
  /** Counted up to a bound. */
  readonly unproved: number
}

export interface ProofFile {
  readonly name: string
  readonly text: string
}

/** What auditors read (auditing.ts). */
export interface Auditing {
  /** The signed note. */
  readonly checkpoint: () => Promise<Result<string>>
  /** A tile of hashes, or a bundle of entries. */
  readonly tile: (address: TileAddress) => Promise<Result<Uint8Array>>
  /** `id`: a leaf index in decimal, or `sha-256:` and the leaf hash. */
  readonly proof: (id: string) => Promise<Result<ProofFile>>
  readonly entries: (
    looked: Looked,
    page: { readonly order: Page['order']; readonly after?: number | undefined; readonly limit: number },
  ) => Promise<readonly FoundEntry[]>
  /** All of them, oldest first, read a page at a time as they are taken. */
  readonly every: (looked: Looked) => AsyncIterable<FoundEntry>
  /** How many entries that is; null where to count them would take long. */
  readonly count: (looked: Looked) => Promise<number | null>
  /**
   * Every entry that fits, once it can be proved, in the order of the log and none left out; from the newest on without
   * `after`. Gives a piece at least every two seconds, found or not, until `signal` aborts.
   */
  readonly tail: (looked: Looked, after: number | undefined, signal: AbortSignal) => AsyncGenerator<Tailed>
  /** The newest committed entries that the published checkpoint does not cover. Not found by resource or words. */
  readonly unproved: (looked: Looked, limit: number) => Promise<readonly UnprovedEntry[]>
  readonly activity: (
    from: number,
    to: number,
    buckets: number,
  ) => Promise<{ readonly from: number; readonly seconds: number; readonly counts: readonly Activity[] }>
  readonly artifacts: (after: number | undefined, limit: number) => Promise<readonly Artifact[]>
  /** What executors reported in a trace. Refuses: `not_found` for what is no trace. */
  readonly reports: (trace: string) => Promise<Result<readonly Report[]>>
  readonly keys: () => Promise<readonly SigningKeyRow[]>
}

export interface Services {
  readonly config: Config
  /** Whether a stranger may call once more: null, or the seconds to wait. */
  readonly admit: (from: string) => Promise<number | null>
  readonly log: Log
  readonly authority: Authority
  readonly access: Access
  readonly administration: Administration
  readonly control: Control
  readonly revoking: Revoking
  readonly reviewing: Reviewing
  readonly discovery: Discovery
  /** The executors' event stream. */
  readonly feed: Feed
  /** Writes what was held back; before the store is closed. */
  readonly settle: () => Promise<void>
  readonly auditing: Auditing
  readonly notifications: Notifications
  /** Tells people, for whoever composes the process to start, or to ask for a pass. */
  readonly courier: Courier
  /** The log's own work, for whoever composes the process to start, or to ask for in turns. */
  readonly ledger: LogRunner
}
