/** The store's verbs on what policies know of earlier calls. SPEC 11.6. */
import type { FactState } from '../../domain/policy/history/fact.ts'

export interface HistoryQuery {
  readonly scope: string
  /** The pieces of the window that begin at or after this instant count. */
  readonly since: number
}

export interface ScopeHistory {
  readonly scope: string
  /** Grows with each call that the scope counts; 0 before the first. */
  readonly version: number
  /** At most 2^53 - 1. Null where it cannot be believed. */
  readonly total: number | null
  readonly last: boolean | null
  readonly lastAt: number | null
}

/** What a new request adds to a scope. */
export interface HistoryCall {
  readonly scope: string
  readonly state: FactState
  /** Of one use. */
  readonly amount: number
  readonly uses: number
  readonly bucket: number
  readonly step: number
  readonly windowSeconds: number
  /** Whether it counts at once. */
  readonly counted: boolean
}

/** What a decision knew of its scopes, and what its request adds to them. */
export interface HistoryTurn {
  /** By scope: the version that was read, or null where it was not. A request is opened only under these versions. */
  readonly scopes: readonly { readonly scope: string; readonly version: number | null; readonly expiresAt: number }[]
  readonly calls: readonly HistoryCall[]
}

export interface HistoryStore {
  /** By scope, in any order. `without`: a request that does not count. */
  readonly history: (queries: readonly HistoryQuery[], without: string | null) => Promise<readonly ScopeHistory[]>
  /** Those of these traces whose request or token was ended by a revocation. */
  readonly revokedAmong: (traces: readonly string[]) => Promise<readonly string[]>
}
