/**
 * Stopping in the store's contract: kill switches, stops, and the streams of the executors. Instants named `…Ms` are
 * epoch milliseconds, the others epoch seconds; both given by the caller. SPEC 9.
 */
import type { Digest, Selector } from '@countersign/verifier'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import type { Confirmation, ExecutorStream, KillSwitch, Reach, Stop } from '../../domain/stop/kill-switch.ts'
import type { Endings, EntriesFor, Idempotency } from './request-store.ts'

/** A switch to engage. `spared`: the executor outside every selector. `nowMs` is read once the tokens are held. */
export interface Engagement {
  readonly id: string
  readonly selector: Selector
  readonly selectorDigest: Digest
  readonly spared: string
  readonly engagedBy: string
  readonly reason: Payload
  readonly idempotency: Idempotency | null
  readonly nowMs: () => number
  readonly entriesFor: EntriesFor
}

export type EngagementVerdict =
  | { readonly verdict: 'engaged' }
  /** The same Idempotency-Key engaged it, or it is the active one with the same selector. */
  | { readonly verdict: 'replayed' | 'active'; readonly id: string }
  | { readonly verdict: 'idempotency_mismatch' }

/** One token by its jti, or one request by its id. */
export interface RevocationOrder {
  readonly id: string
  readonly nowMs: number
  readonly entriesFor: EntriesFor
}

export interface RevocationVerdict {
  /**
   * `stopped`: spent before, so that only a call in flight could be cut off. `ended`: expired, withdrawn, stopped, denied or
   * revoked before; nothing is written then.
   */
  readonly verdict: 'revoked' | 'stopped' | 'ended' | 'unknown'
  /** A request that was revoked waited for people until then. */
  readonly waited?: boolean
}

/** All that the executors' stream carries, read in one statement. */
export interface StopState {
  readonly active: readonly Pick<KillSwitch, 'id' | 'selector' | 'engagedAtMs'>[]
  /** Since the given instant and not known to the reader, oldest first. */
  readonly stops: readonly Stop[]
  /** Status lists with a revoked token that has not expired, and the count of all revoked tokens of each. */
  readonly revoked: readonly { readonly list: number; readonly count: number }[]
  /** The status position that will be given out next; new tokens stand in its list. */
  readonly nextPosition: number
}

export interface StopStore {
  /**
   * Engages a switch, where none with the same selector is active, and revokes the live tokens it selects, in one transaction that waits for no redemption. No
   * statement that begins after its commit opens, consents to, collects or redeems what it selects; `endStopped` waits
   * for statements that began before, and ends what they made.
   */
  engage(engage: Engagement): Promise<EngagementVerdict>
  /**
   * Revokes the live tokens selected by a switch that was engaged since `sinceMs`, adds them to its hits, and returns
   * their count. Once it has returned, no such token of that time is being redeemed.
   */
  endStopped(late: {
    readonly nowMs: number
    readonly sinceMs: number
    readonly entriesFor: (killswitch: string, ended: Endings) => Promise<readonly PreparedEntry[]>
  }): Promise<number>
  reach(selected: Pick<Engagement, 'selector' | 'spared'> & { readonly nowMs: number }): Promise<Reach>
  /** Active ones first, newest first; at most `limit` of those released. */
  killSwitches(limit: number): Promise<readonly KillSwitch[]>
  killSwitch(id: string): Promise<KillSwitch | undefined>
  /** The confirmations of its engagement, in order. */
  confirmations(killswitch: string): Promise<readonly Confirmation[]>
  isStopped(request: string): Promise<boolean>
  stoppedAmong(requests: readonly string[]): Promise<ReadonlySet<string>>

  /** Revokes an unspent token, and cuts off the call that a spent one allowed. */
  revokeToken(one: RevocationOrder): Promise<RevocationVerdict>
  /** Withdraws a request that waits or was approved; revokes the token it led to, as `revokeToken` does. */
  revokeRequest(one: RevocationOrder): Promise<RevocationVerdict>
  /** Requests that wait or were approved, not expired, of which nothing was redeemed. */
  unspentRequests(now: number): Promise<readonly string[]>
  /** Whether this token could be redeemed now: known, with these claims, unexpired, unspent, not revoked, not stopped, its parties too. */
  isLive(token: { readonly jti: string; readonly claimsDigest: Digest; readonly now: number }): Promise<boolean>

  /** `known`: ids of stops that need not be read again. */
  stopState(reading: {
    readonly now: number
    readonly sinceMs: number
    readonly known?: readonly number[]
  }): Promise<StopState>
  /** The first confirmation of a connection counts; false for an unknown stop. */
  confirmStop(confirmation: Confirmation & { readonly stop: number }): Promise<boolean>
  /**
   * Streams of a process as they are now: adds and refreshes these, and forgets all that are not among `connections`, in
   * one statement. Default: the connections of `streams`.
   */
  keepStreams(kept: {
    readonly process: string
    readonly streams: readonly Omit<ExecutorStream, 'process' | 'seenAtMs'>[]
    readonly connections?: readonly string[]
    readonly nowMs: number
  }): Promise<void>
  /** Streams that their process has kept lately, by executor. */
  connectedExecutors(nowMs: number): Promise<readonly ExecutorStream[]>
  /** Those of these executors' credentials that were neither revoked nor have expired. */
  credentialsInForce(held: { readonly ids: readonly string[]; readonly now: number }): Promise<readonly string[]>
}
