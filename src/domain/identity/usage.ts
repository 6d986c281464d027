/**
 * What was asked and spent in a time: the other half of least privilege, beside what was allowed.
 *
 * Types only. Instants are epoch seconds. SPEC 3, 11.
 */
import type { Agent, CatalogueEntry, Credential, Executor } from './parties.ts'

/** How often within the shorter span, and within the whole one, which contains it. */
export interface Often {
  readonly recent: number
  readonly whole: number
}

/** One agent, one executor, one action name; there is none without a request in the whole span. */
export interface Usage {
  readonly agent: string
  readonly executor: string
  readonly name: string
  readonly requests: Often
  /** By people or by policy. */
  readonly approvals: Often
  readonly redemptions: Often
  readonly lastAskedAt: number
  /** Null where nothing was spent. */
  readonly lastUsedAt: number | null
}

export interface ReviewedAgent extends Agent {
  readonly credentials: readonly Credential[]
  readonly used: readonly Usage[]
  /** Actions it may ask for, and did not. */
  readonly unused: readonly { readonly executor: string; readonly name: string }[]
}

export interface ReviewedExecutor extends Executor {
  readonly credentials: readonly Credential[]
  /** By action and agent. */
  readonly used: readonly Usage[]
  /** Of its catalogue. */
  readonly unused: readonly CatalogueEntry[]
}

/** Revoked parties and the authority's own are left out. */
export interface Review {
  readonly recentFrom: number
  readonly from: number
  readonly agents: readonly ReviewedAgent[]
  readonly executors: readonly ReviewedExecutor[]
}
