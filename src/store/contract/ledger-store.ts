/** Ledger entries without a state of their own, and facts that the passing of time creates. SPEC 8, 13. */
import type { Digest } from '@countersign/verifier'
import type { EntryMembers, EntryType, PreparedEntry, StoredEntry } from '../../domain/ledger/entry.ts'
import type { EndedRequest } from './request-store.ts'

/** A redemption without an outcome report. */
export interface MissingOutcome extends EndedRequest {
  readonly jti: string
  readonly use: number
}

/** The order to erase payloads and token texts of requests opened before `before`. */
export interface ErasureOrder {
  readonly id: string
  readonly rule: 'age' | 'principal' | 'request'
  /** The principal or the request; null for a rule of age. */
  readonly subject: string | null
  readonly before: number
  /** The request that authorised it; null for the configured retention. */
  readonly request: string | null
  /** The first leaf that is still to be examined. */
  readonly next: number
}

export interface ErasableCount {
  readonly requests: number
  readonly payloads: readonly { readonly kind: string; readonly count: number }[]
}

/** The payloads and the token text that were erased of one request. */
export interface ErasedRequest {
  readonly request: EndedRequest
  readonly digests: readonly Digest[]
  /** The token whose text was erased. */
  readonly jti: string | null
}

export interface EntryStore {
  /**
   * Deletes what has ended and is no longer needed: sessions, offers, idempotency keys after 24 hours. Never the
   * ledger.
   */
  sweep(now: number): Promise<void>
  /** Writes entries without state. */
  appendEntries(entries: readonly PreparedEntry[]): Promise<void>
  entriesOfTrace(trace: string): Promise<readonly StoredEntry[]>
  /** Up to `limit` entries after the id `after`, in order of arrival. */
  entriesAfter(page: { readonly after: number; readonly limit: number }): Promise<readonly StoredEntry[]>
}

/** A fact that may repeat: a refusal, or an uncovered text. */
export interface RepeatedFact {
  /** A digest: facts with the same one are identical. */
  readonly id: string
  readonly type: EntryType
  readonly trace: string
  readonly members: EntryMembers
  /** The instant of its last entry. */
  readonly since: number
}

export interface RepeatStore {
  /**
   * Writes `entries` where no such fact stands, which then stands until `until`; else counts it. Returns the trace of
   * the first, and whether this is the first.
   */
  noteFact(input: {
    readonly fact: RepeatedFact
    readonly until: number
    readonly entries: readonly PreparedEntry[]
  }): Promise<{ readonly trace: string; readonly isFirst: boolean }>
  /** Whether a fact with this id stands at `now`. */
  factStands(fact: { readonly id: string; readonly now: number }): Promise<boolean>
  /**
   * Takes up to `limit` facts that stood until `now`. One that repeated gets an entry, and if it is a refusal stands
   * again, to `until`; the others are forgotten. Returns how many entries were written.
   */
  writeRepeats(input: {
    readonly now: number
    readonly until: number
    readonly limit: number
    readonly entryFor: (fact: RepeatedFact & { readonly repeats: number }) => Promise<PreparedEntry>
  }): Promise<number>
}

/** The work that waits for a sweep, by kind. */
export interface DueWork {
  readonly agentSessions: boolean
  readonly absences: boolean
  readonly requests: boolean
  /** An observation under way, which the sweep looks at. */
  readonly observation: boolean
  readonly repeats: boolean
  readonly erasures: boolean
  /** Rows that have ended and are no longer needed. */
  readonly ended: boolean
}

export interface OverdueStore {
  dueWork(now: number): Promise<DueWork>
  /**
   * Marks redemptions before `due` that have no outcome, each once, except those of the executor `own`. Examines up to
   * `limit` redemptions; returns how many outcomes are missing.
   */
  missOutcomes(input: {
    readonly own: string
    readonly now: number
    readonly due: number
    readonly limit: number
    readonly entryFor: (missing: MissingOutcome) => Promise<PreparedEntry>
  }): Promise<number>
  requestOfToken(jti: string): Promise<string | undefined>
  /** The standing order to erase everything older than `before`, which only moves on. */
  extendRetention(before: number): Promise<void>
  /** What an order would erase now of the first `limit` requests that it concerns, by kind. */
  countErasable(
    scope: Pick<ErasureOrder, 'rule' | 'subject' | 'before'> & { readonly limit: number },
  ): Promise<ErasableCount>
  /** Orders that are not carried out yet, up to `limit`. */
  openErasures(moment: { readonly now: number; readonly limit: number }): Promise<readonly ErasureOrder[]>
  /**
   * Carries out part of the first of these orders that nobody else is at, exactly as it is given here: up to `limit`
   * requests, in log order, none that is still alive. Returns how many were examined; null when no order is left.
   */
  erasePortion(input: {
    readonly orders: readonly Omit<ErasureOrder, 'next'>[]
    readonly now: number
    readonly limit: number
    readonly entryFor: (order: Omit<ErasureOrder, 'next'>, erased: ErasedRequest) => Promise<PreparedEntry>
  }): Promise<number | null>
}
