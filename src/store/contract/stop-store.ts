/**
 * Stopping in the store's contract: kill switches, stops, and the streams of the executors.
 *
 * Instants named `…Ms` are epoch milliseconds, the others epoch seconds; both given by the caller. SPEC 9.
 */
import type { Selector } from '@countersign/verifier'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import type { Confirmation, ExecutorStream, KillSwitch, Reach, Stop } from '../../domain/stop/kill-switch.ts'
import type { Ended, EntriesFor, Idempotency } from './request-store.ts'

/** A switch about to be engaged. `spared`: the executor outside every selector. `nowMs` is read when all is held. */
export interface Engage {
  readonly id: string
  readonly selector: Selector
  readonly spared: string
  readonly engagedBy: string
  readonly reason: Payload
  readonly idempotency: Idempotency | null
  readonly nowMs: () => number
  readonly entriesFor: EntriesFor
}

export type EngageVerdict =
  | { readonly verdict: 'engaged' }
  | { readonly verdict: 'replayed'; readonly id: string }
  | { readonly verdict: 'idempotency_mismatch' }

/** One token by its jti, or one request by its id. */
export interface RevokeOne {
  readonly id: string
  readonly nowMs: number
  readonly entriesFor: EntriesFor
}

export interface RevocationVerdict {
  /**
   * `stopped`: spent before, so that there was nothing to revoke but perhaps a call to cut off. `ended`: neither, since
   * it had expired, been withdrawn, denied or revoked; nothing is written then.
   */
  readonly verdict: 'revoked' | 'stopped' | 'ended' | 'unknown'
}

/** All that the executors' stream carries, read in one statement. */
export interface StopState {
  readonly active: readonly Pick<KillSwitch, 'id' | 'selector' | 'engagedAtMs'>[]
  /** Since the given instant, oldest first. */
  readonly stops: readonly Stop[]
  /** Status lists with a revoked token that has not expired, and how many of each are revoked in all: it only grows. */
  readonly revoked: readonly { readonly list: number; readonly count: number }[]
  /** The status position that will be given out next; new tokens stand in its list. */
  readonly nextPosition: number
}

export interface StopStore {
  /**
   * Engages a switch and revokes the live tokens it selects, in one transaction that waits for no redemption. From its
   * commit on nothing it selects is opened, consented to, collected or redeemed by a statement that begins later;
   * `endStopped` waits for those that began before, and ends what they made.
   */
  engage(engage: Engage): Promise<EngageVerdict>
  /**
   * Revokes live tokens that a switch selects which was engaged since `sinceMs`, and counts them among its hits; returns
   * how many. Once it has returned, no such token of that time is being redeemed.
   */
  endStopped(late: {
    readonly nowMs: number
    readonly sinceMs: number
    readonly entriesFor: (killswitch: string, tokens: Ended['tokens']) => Promise<readonly PreparedEntry[]>
  }): Promise<number>
  /** What a selector would hit now. */
  reach(selected: Pick<Engage, 'selector' | 'spared'> & { readonly nowMs: number }): Promise<Reach>
  /** Standing ones first, newest first; at most `limit` of those released. */
  killSwitches(limit: number): Promise<readonly KillSwitch[]>
  killSwitch(id: string): Promise<KillSwitch | undefined>
  /** The confirmations of its engagement, in order. */
  confirmations(killswitch: string): Promise<readonly Confirmation[]>
  /** Whether a standing switch selects this request. */
  isStopped(request: string): Promise<boolean>
  /** Those of these requests that a standing switch selects. */
  stoppedAmong(requests: readonly string[]): Promise<ReadonlySet<string>>

  /** Revokes an unspent token, and cuts off the call that a spent one allowed. */
  revokeToken(one: RevokeOne): Promise<RevocationVerdict>
  /** Withdraws a request that waits or was approved; revokes the token it led to, as `revokeToken` does. */
  revokeRequest(one: RevokeOne): Promise<RevocationVerdict>
  /** Whether this token could be redeemed now: known, unexpired, unspent, not revoked, not stopped, its parties too. */
  isLive(token: { readonly jti: string; readonly now: number }): Promise<boolean>

  stopState(moment: { readonly now: number; readonly sinceMs: number }): Promise<StopState>
  /** The first confirmation of a connection counts; false for a stop that never was. */
  confirmStop(confirmation: Confirmation & { readonly stop: number }): Promise<boolean>
  /** The streams of a process as they are now: adds, refreshes and forgets, in one statement. */
  keepStreams(kept: {
    readonly process: string
    readonly streams: readonly Omit<ExecutorStream, 'process' | 'seenAtMs'>[]
    readonly nowMs: number
  }): Promise<void>
  /** Streams that their process has kept lately, by executor. */
  connectedExecutors(nowMs: number): Promise<readonly ExecutorStream[]>
  /** Those of these executors' credentials that were neither revoked nor have expired. */
  credentialsInForce(held: { readonly ids: readonly string[]; readonly now: number }): Promise<readonly string[]>
}
