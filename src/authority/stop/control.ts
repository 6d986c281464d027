/**
 * The services of live control, as the doors ask for them: kill switches and who has felt them, single revocations.
 *
 * Types only. Whatever makes things safer needs a session or an operator's credential and no passkey; releasing is an
 * approved action of administration.ts. SPEC 9.
 */
import type { ApprovalClaims } from '@countersign/verifier'
import type { Approver, Caller } from '../../domain/identity/parties.ts'
import type { Result } from '../../domain/refusal.ts'
import type { Confirmation, ExecutorStream, KillSwitch, Reach } from '../../domain/stop/kill-switch.ts'

export interface EngageInput {
  /** Parsed where it is used: `invalid_request` for what is no selector. */
  readonly selector: unknown
  readonly reason: string
  readonly idempotencyKey?: string | undefined
  readonly bodyHash?: string | undefined
}

/** A switch, who confirmed to have felt it, and which connected executors have not. */
export interface WatchedSwitch {
  readonly killswitch: KillSwitch
  readonly confirmations: readonly Confirmation[]
  readonly awaited: readonly string[]
}

export interface Control {
  /** What a selector would hit now. Refuses: `invalid_request`. */
  readonly preview: (selector: unknown) => Promise<Result<Reach>>
  /**
   * Stops all that the selector names. When it answers, nothing of that is redeemed any more, and every redemption that
   * succeeded came before. The same Idempotency-Key again gives the same switch. Refuses: `invalid_request`,
   * `rate_limited`.
   */
  readonly engage: (by: Caller | Approver, input: EngageInput) => Promise<Result<KillSwitch>>
  /** All that stand, newest first. Cheap: nearly always there are none. */
  readonly standing: () => Promise<readonly KillSwitch[]>
  /** All that stand, newest first, then those released lately. */
  readonly list: () => Promise<readonly KillSwitch[]>
  /** Refuses: `not_found`. */
  readonly view: (id: string) => Promise<Result<WatchedSwitch>>
  /** The streams of all executors that listen now. */
  readonly streams: () => Promise<readonly ExecutorStream[]>
  /** An executor says that a stop reached it. Its first word on a connection counts. Refuses: `not_found`. */
  readonly confirm: (
    caller: Caller,
    confirmation: { readonly stop: number; readonly connection: string; readonly aborted: number },
  ) => Promise<Result<true>>
}

/** `active`: this authority issued it and would redeem it now, for its executor. */
export type Introspection = { readonly active: true; readonly claims: ApprovalClaims } | { readonly active: false }

/** Ending one thing; whoever ends an agent, an executor or a key does so in administration and access. */
export interface Revoking {
  /**
   * Revokes an unspent token; one that was spent stays so, and its call in flight is cut off. Refuses: `not_found`, also
   * for what has ended already.
   */
  readonly revokeToken: (by: Caller | Approver, jti: string) => Promise<Result<true>>
  /** Ends a request that waits, or was approved, with the token it led to. Refuses: `not_found`. */
  readonly revokeRequest: (by: Caller | Approver, id: string) => Promise<Result<true>>
  /** RFC 7009: a token this authority does not know, or that has ended, is no error. Refuses: `forbidden`, `rate_limited`. */
  readonly revokePresented: (by: Caller, token: string) => Promise<Result<true>>
  /** RFC 7662. Changes nothing; tells an executor of its own tokens alone. */
  readonly introspect: (by: Caller, token: string) => Promise<Introspection>
}
