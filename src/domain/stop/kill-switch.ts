/**
 * Kill switches and stops: who stopped what, what it hit, and which executors have felt it.
 *
 * Types only. Instants are epoch milliseconds, since a stop is felt within some; their names say so. A switch holds from
 * its engagement until its release. A stop is the moment in which something ended (a switch engaged, a token revoked)
 * and cuts off what was on its way just then. SPEC 9.
 */
import type { Selector } from '@countersign/verifier'

export interface KillSwitch {
  /** 22 base64url characters; their 128 bits in hex are the trace of its entries, as with a request. */
  readonly id: string
  readonly trace: string
  readonly selector: Selector
  readonly engagedAtMs: number
  /** The approver's id, or `operator`. */
  readonly engagedBy: string
  /** Null once erased. */
  readonly reason: string | null
  readonly hits: Hits
  readonly releasedAtMs: number | null
  /** The request that released it. */
  readonly releaseRequest: string | null
}

/** What a switch found: live tokens it revoked, requests that waited, executors that were connected and concerned. */
export interface Hits {
  readonly tokens: number
  readonly pending: number
  readonly executors: number
}

/** What a selector would hit now; the executors by audience. */
export interface Reach {
  readonly tokens: number
  readonly pending: number
  readonly executors: readonly string[]
}

/** Which calls in flight a stop cuts off: by a switch's selector, one token, or whatever rests on one passkey. */
export interface StopSelector extends Selector {
  readonly jti?: string
  /** Thumbprint of an approver's public key. */
  readonly key?: string
}

/** `id` grows with every stop. It concerns tokens issued until `atMs`. */
export interface Stop {
  readonly id: number
  readonly atMs: number
  readonly kind: 'killswitch' | 'revocation'
  readonly killswitch: string | null
  readonly selector: StopSelector
}

/** An executor's word that a stop reached it, and how many calls it cut off. */
export interface Confirmation {
  readonly executor: string
  readonly connection: string
  readonly atMs: number
  readonly aborted: number
}

/** An executor that listens. `lagMs`: how late news last reached it. */
export interface ExecutorStream {
  readonly connection: string
  readonly executor: string
  readonly process: string
  readonly sinceMs: number
  readonly seenAtMs: number
  readonly lagMs: number
}
