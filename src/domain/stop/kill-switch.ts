/**
 * Kill switches and stops. Instants are epoch milliseconds, since a stop takes effect within a few; their names say so.
 * A switch is active from its engagement until its release. A stop is the moment in which something ended (a switch
 * engaged, a token revoked) and cuts off the calls in flight at that moment. SPEC 9.
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
  /** Live tokens that it revoked, requests that waited, connected executors that it concerned. */
  readonly hits: Readonly<Record<'tokens' | 'pending' | 'executors', number>>
  readonly releasedAtMs: number | null
  readonly releaseRequest: string | null
}

export type Reach = Omit<KillSwitch['hits'], 'executors'> & { readonly executors: readonly string[] }

/** The calls in flight that a stop cuts off: by a switch's selector, of one token, or all that rest on one passkey. */
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

/** Whatever is named has to match; a selector without members is everything. */
export const selectorInWords = (selector: Selector): string =>
  Object.entries(selector)
    .map(([member, value]) => `${member} ${value}`)
    .join(' with ') || 'everything'

/** An executor's statement that a stop reached it; `aborted` counts the calls it cut off. */
export interface Confirmation {
  readonly executor: string
  readonly connection: string
  readonly atMs: number
  readonly aborted: number
}

/** The stream of an executor that listens. `lagMs`: the delay with which events last reached it. */
export interface ExecutorStream {
  readonly connection: string
  readonly executor: string
  readonly process: string
  readonly sinceMs: number
  readonly seenAtMs: number
  readonly lagMs: number
}
