/**
 * Ledger entries that have no state of their own, and what the passing of time makes a fact.
 *
 * Types only; the store implements them. A verb that changes state takes the ledger entries of that change: both commit
 * or neither does. SPEC 8, 13.
 */
import type { Digest } from '@countersign/verifier'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { EndedRequest } from './request-store.ts'

/** An entry as it stands in the ledger. `id` is the order of arrival; the leaf index comes with sequencing. */
export interface StoredEntry {
  readonly id: number
  readonly body: string
  readonly leaf: Uint8Array
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

export interface EntryStore {
  /** Deletes what has ended and nobody may need: sessions, offers, and idempotency keys after 24 hours. Never the ledger. */
  sweep(now: number): Promise<void>
  /** Writes entries that have no state beside them, such as refusals. */
  appendEntries(entries: readonly PreparedEntry[]): Promise<void>
  /** The entries of one trace in order of arrival. */
  entriesOfTrace(trace: string): Promise<readonly StoredEntry[]>
  /** Entries after `id` in order of arrival. */
  entriesAfter(id: number, limit: number): Promise<readonly StoredEntry[]>
}

export interface OverdueStore {
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
}
