/** The use of rights in a span of time: requests, approvals and redemptions, beside what was allowed. SPEC 3, 11. */
import type { Agent, CatalogueEntry, Credential, Executor } from './parties.ts'

/** Counts within the shorter span, and within the whole one, which contains it. */
export interface UsageCount {
  readonly recent: number
  readonly whole: number
}

/** One agent, executor and action name, with at least one request or allowed call in the whole span. */
export interface Usage {
  readonly agent: string
  readonly executor: string
  readonly name: string
  readonly requests: UsageCount
  readonly approvals: UsageCount
  readonly redemptions: UsageCount
  readonly lastAskedAt: number
  /** Null without a redemption. */
  readonly lastUsedAt: number | null
}

export interface ReviewedAgent extends Agent {
  readonly credentials: readonly Credential[]
  readonly used: readonly Usage[]
  /** Actions that it may ask for and did not ask for. */
  readonly unused: readonly { readonly executor: string; readonly name: string }[]
}

export interface ReviewedExecutor extends Executor {
  readonly credentials: readonly Credential[]
  readonly used: readonly Usage[]
  /** The entries of its catalogue that no agent asked for. */
  readonly unused: readonly CatalogueEntry[]
}

/** Revoked parties and the authority's own are left out. */
export interface Review {
  readonly recentFrom: number
  readonly from: number
  readonly agents: readonly ReviewedAgent[]
  readonly executors: readonly ReviewedExecutor[]
}
