/**
 * Identity in the store's contract: callers, people, passkeys, sessions, and the offers of one gesture each. SPEC 8,
 * 13.
 */
import type { ConsentStatement } from '@countersign/verifier'
import type { RegisteredDocument } from '@countersign/verifier/authority'
import type { OfferedEnrolment } from '../../domain/consent/enrolment.ts'
import type { AbsenceStatement } from '../../domain/identity/absence.ts'
import type {
  Agent,
  Approver,
  Credential,
  CredentialKind,
  Executor,
  KnownCaller,
  Passkey,
  Role,
  SignedIn,
} from '../../domain/identity/parties.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import type { OfferedSession } from './agent-session-store.ts'
import type { EntriesFor, StoredConsent } from './request-store.ts'

export interface Invitation {
  /** base64url SHA-256 of the link's secret. */
  readonly hash: string
  readonly bootstrap: boolean
  readonly name: string | null
  readonly roles: readonly Role[]
  /** The person whose access it recovers; null for somebody new. */
  readonly recovers: string | null
  /** The id that a person of a directory has; null for somebody whom no directory keeps. */
  readonly person: string | null
  /** The id of the admin who made it; null for the operator's, and for the first admin's. */
  readonly invitedBy: string | null
  readonly createdAt: number
  readonly expiresAt: number
}

/** Of a person, what is theirs alone. */
export type ApproverRow = Omit<Approver, 'name' | 'groups' | 'absence' | 'standsFor'>

export interface Session {
  /** Of the cookie's secret. */
  readonly hash: string
  /** Names it to its owner. */
  readonly id: string
  readonly approver: string
  /** The passkey that it was begun with: its revocation ends the session. */
  readonly credentialId: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** A person whose consent to a request is live. */
export interface Consenter {
  readonly stored: StoredConsent
  /** Undefined for somebody who is not proven. */
  readonly person: Approver | undefined
  /** The one that signed. */
  readonly passkey: Passkey | undefined
  /** Ids of agents. */
  readonly runs: readonly string[]
}

/** One attempt at a passkey gesture. `challenge` is base64url of the 32 bytes; `context` is what it is bound to. */
export interface Offer {
  readonly challenge: string
  readonly purpose:
    | 'consent'
    | 'consent-batch'
    | 'sign-in'
    | 'enrol'
    | 'add-passkey'
    | 'authorise-passkey'
    | 'open-session'
    | 'state-absence'
  readonly approver: string | null
  readonly request: string | null
  readonly context: OfferContext
  readonly expiresAt: number
}

export interface OfferContext {
  readonly statement?: ConsentStatement
  /** The statements of a batch, in the order that is signed. */
  readonly statements?: readonly ConsentStatement[]
  readonly invitation?: string
  readonly name?: string
  /** The session of an agent that was asked to be signed. */
  readonly session?: OfferedSession
  /** The absence that was asked to be signed. */
  readonly absence?: AbsenceStatement
  /** What a new passkey was asked to sign. */
  readonly enrolment?: OfferedEnrolment
}

/** Everything that is registered and not revoked, but for the authority's own parties. */
export interface RegisteredParties {
  readonly document: RegisteredDocument
  /** Names exactly this content, to this database. */
  readonly print: string
}

export interface CallerStore {
  /** The caller with this secret; undefined when it is unknown, expired or revoked, or its agent or executor is. */
  authenticate(secret: { readonly hash: string; readonly now: number }): Promise<KnownCaller | undefined>
  agent(id: string): Promise<Agent | undefined>
  executor(audience: string): Promise<Executor | undefined>
  listAgents(): Promise<readonly (Agent & { readonly credentials: readonly Credential[] })[]>
  listExecutors(): Promise<readonly (Executor & { readonly credentials: readonly Credential[] })[]>
  listCredentials(kind: CredentialKind): Promise<readonly Credential[]>
  /** Adds the operator's credential of the configuration or the data directory, unless it is known. Idempotent. */
  ensureCredential(known: {
    readonly credential: Credential
    readonly hash: string
    readonly entry: PreparedEntry
  }): Promise<{ readonly verdict: 'added' | 'known' }>
  /** The authority's own agent and executor rows, kept in step with this build. Idempotent, writes no entry. */
  ensureOwnParties(own: { readonly agent: Agent; readonly executor: Executor }): Promise<void>
}

export interface PeopleStore {
  hasAdmin(): Promise<boolean>
  /** Keeps the one open invitation of the first admin; an older one ends. `admin_exists` once there is an admin. */
  offerBootstrap(invitation: Invitation): Promise<{ readonly verdict: 'offered' | 'admin_exists' }>
  /** Those that somebody can still follow, but the first admin's; the latest first. */
  openInvitations(now: number): Promise<readonly Invitation[]>
  /** Deletes it, name included; false where it was taken, or is not there. Never the first admin's. */
  withdrawInvitation(withdrawn: { readonly hash: string; readonly entry: PreparedEntry }): Promise<boolean>
  invitation(link: { readonly hash: string; readonly now: number }): Promise<Invitation | undefined>
  /** As of one moment. `issuer`: the authority's own audience, left out. */
  registeredParties(issuer: string): Promise<RegisteredParties>
  /**
   * Takes the first admin's invitation, exactly once, and enrols them with their passkey. It holds only while there is
   * no admin, and while exactly what `print` names is registered: `registered_changed`.
   */
  enrolFirstAdmin(enrolment: {
    readonly invitation: string
    readonly registered: { readonly issuer: string; readonly print: string }
    readonly approver: ApproverRow
    /** Their name, and what they were shown. */
    readonly payloads: readonly Payload[]
    readonly passkey: Passkey
    readonly entries: readonly PreparedEntry[]
    readonly now: number
  }): Promise<{ readonly verdict: 'enrolled' | 'invitation_gone' | 'credential_exists' | 'registered_changed' }>
  /** `by`: the passkey that authorises it, of the same person and not revoked: else `gone`. */
  addPasskey(added: {
    readonly passkey: Passkey
    readonly by: { readonly credentialId: string; readonly counter: number }
    readonly entries: readonly PreparedEntry[]
  }): Promise<{ readonly verdict: 'added' | 'credential_exists' | 'gone' }>
  /**
   * Revokes the key, ends the sessions begun with it, voids the consents it gave to requests without a token (an
   * approved one that lacks its quorum then is pending again), and revokes the unspent tokens that rest on them. `by` is
   * the person who revokes it, null for the operator: `last_admin_key` where no other admin than they could sign then.
   */
  revokePasskey(revoked: {
    readonly credentialId: string
    readonly approver: string
    readonly by: string | null
    readonly at: number
    readonly entriesFor: EntriesFor
  }): Promise<{ readonly verdict: 'revoked' | 'unknown' | 'last_admin_key' }>
  /** The principal of a call, or the person who runs its agent, where that person was removed. */
  leaverBehind(call: { readonly agent: string; readonly principal: string }): Promise<string | null>
  /** Those of the role approver who were not removed, also where they cannot sign now. */
  countPeople(): Promise<number>
  /** Admins who were not removed, without this person. */
  countAdmins(besides: string): Promise<number>
  /**
   * Until an approved change lets the person back in: ends their sessions and gestures, voids their consents to requests
   * without a token, and revokes the unspent tokens that rest on them. `last_admin` as with a passkey. `unknown` also for
   * somebody who is suspended already.
   */
  suspendPerson(suspended: {
    readonly approver: string
    readonly by: string | null
    readonly at: number
    readonly entriesFor: EntriesFor
  }): Promise<{ readonly verdict: 'suspended' | 'unknown' | 'last_admin' }>
  passkey(credentialId: string): Promise<Passkey | undefined>
  passkeysOf(approver: string): Promise<readonly Passkey[]>
  approver(id: string): Promise<Approver | undefined>
  agentsRunBy(approver: string): Promise<readonly string[]>
  /** In the order of their consents, all as of one moment. */
  consenters(request: string): Promise<readonly Consenter[]>
  listApprovers(): Promise<
    readonly (Approver & { readonly passkeys: readonly Passkey[]; readonly runs: readonly string[] })[]
  >
  /** Starts a session and keeps what its gesture says of the passkey; false for a revoked passkey or a removed person. */
  startSession(started: {
    readonly session: Session
    readonly passkey: Pick<Passkey, 'credentialId' | 'counter' | 'backedUp'> & { readonly at: number }
  }): Promise<boolean>
  /** The approver behind a session cookie, or undefined when it ended or the person was removed. */
  session(cookie: { readonly hash: string; readonly now: number }): Promise<SignedIn | undefined>
  /** Those that have not ended, the latest first. */
  sessionsOf(owner: { readonly approver: string; readonly now: number }): Promise<readonly Omit<Session, 'hash'>[]>
  /** Ends one of a person's sessions, or with `id` null all of them; returns how many. */
  endSessionsOf(owner: { readonly approver: string; readonly id: string | null }): Promise<number>
  endSession(hash: string): Promise<void>
}

export interface OfferStore {
  /** False where this challenge was offered before, and not taken. */
  offer(offer: Offer): Promise<boolean>
  /** Takes an offer: exactly one taker ever gets it, in a statement of its own that no later rollback undoes. */
  takeOffer(taken: Pick<Offer, 'challenge' | 'purpose'> & { readonly now: number }): Promise<Offer | undefined>
}
