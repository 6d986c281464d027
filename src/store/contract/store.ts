/**
 * The contract between the way of an approval and its database, in domain verbs.
 *
 * A verb that changes state takes the ledger entries of that change: both commit or neither does. Where a verb says
 * "exactly one", a single SQL statement decides and its returned row is the verdict; there is no check-then-act.
 * Every verb may throw `StoreUnavailable`: it is then done wholly or not at all, and nobody knows which. Instants are
 * epoch seconds, given by the caller. SPEC 8, 13.
 */

import type { AbsenceStore } from './absence-store.ts'
import type { AgentSessionStore } from './agent-session-store.ts'
import type { AllowedCallStore } from './allowed-call-store.ts'
import type { BacklogStore } from './backlog-store.ts'
import type { BreakGlassStore } from './break-glass-store.ts'
import type { ChangeStore } from './change-store.ts'
import type { EnrolmentStore } from './enrolment-store.ts'
import type { GroupStore } from './group-store.ts'
import type { HistoryStore } from './history-store.ts'
import type { CallerStore, OfferStore, PeopleStore } from './identity-store.ts'
import type { EntryStore, OverdueStore, RepeatStore } from './ledger-store.ts'
import type { LogStore } from './log-store.ts'
import type { NotifyStore } from './notify-store.ts'
import type { ObservationStore } from './observation-store.ts'
import type { PastCallStore } from './past-call-store.ts'
import type { PolicyStore } from './policy-store.ts'
import type { ProofStore } from './proof-store.ts'
import type { ProvisioningStore } from './provisioning-store.ts'
import type { RequestListStore } from './request-list-store.ts'
import type { RequestStore } from './request-store.ts'
import type { RevisionStore } from './revision-store.ts'
import type { SearchStore } from './search-store.ts'
import type { StopStore } from './stop-store.ts'
import type { SigningKeyStore, TokenStore } from './token-store.ts'

/** How many statements and transactions run or wait for a connection, and how many connections there can be. */
export interface DatabaseUse {
  readonly underWay: number
  readonly connections: number
}

/**
 * Text must not contain U+0000, which PostgreSQL cannot keep: a verb given one throws `TypeError` before it asks the
 * database. Within documents (bodies, payload contents, claims, contexts) it is fine, since JSON writes it escaped.
 */
export interface Store
  extends CallerStore,
    PeopleStore,
    AbsenceStore,
    AgentSessionStore,
    GroupStore,
    ProvisioningStore,
    OfferStore,
    EnrolmentStore,
    BreakGlassStore,
    ChangeStore,
    PolicyStore,
    ObservationStore,
    RequestStore,
    AllowedCallStore,
    RevisionStore,
    HistoryStore,
    RequestListStore,
    PastCallStore,
    TokenStore,
    SigningKeyStore,
    EntryStore,
    OverdueStore,
    RepeatStore,
    LogStore,
    BacklogStore,
    ProofStore,
    SearchStore,
    StopStore,
    NotifyStore {
  /** True when the database answers and its migrations are those of this build. */
  ready(): Promise<boolean>
  close(): Promise<void>
  databaseUse(): DatabaseUse
  /**
   * Calls `listener` with a topic whenever any process announced it; returns the way to stop. Topics: `request:<id>`,
   * `inbox`, `control`, `confirmations`, and `*` after a lost connection was regained: anything may have been announced meanwhile. State-changing verbs on requests announce theirs with their commit.
   */
  listen(listener: (topic: string) => void): Promise<() => Promise<void>>
}
