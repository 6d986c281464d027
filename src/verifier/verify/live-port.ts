/**
 * What the verifier and the stream of events are to each other.
 *
 * Types only, so that a verifier that follows no stream carries nothing of it. SPEC 9.
 */

import type { Moment, StatusMemory } from '../authority/status.ts'
import type { Transport } from '../authority/transport.ts'
import type { ApprovalError } from '../errors/approval-error.ts'
import type { ApprovalClaims } from '../jwt/claims.ts'
import type { Approval } from './approval.ts'

/** A call that was approved and has not ended. */
export type CallInFlight = {
  readonly approval: Approval
  /** Fires the `AbortSignal` of the call, whose outcome is then `aborted` unless it succeeds all the same. */
  readonly abort: (reason: ApprovalError) => void
}

/** A stream that is followed. One serves one verifier. */
export type Live = {
  /** Called by `createVerifier`, once: begins to follow. Throws `TypeError` without a credential, and the second time. */
  readonly attach: (verifier: Followed) => void
  /** Throws `killed` for what a standing kill switch selects. */
  readonly check: (claims: ApprovalClaims) => void
  /** Aborts a call that begins after what stops it was heard. */
  readonly begun: (call: CallInFlight) => void
  /** How old the news is, in seconds; `Infinity` before there is any. */
  readonly ageSeconds: () => number
  /** Lets go of the stream, for good: from then on lists are fetched. Resolves when nothing is under way. */
  readonly close: () => Promise<void>
}

/** What a stream needs of its verifier. */
export type Followed = {
  readonly issuer: string
  readonly credential?: string
  readonly transport: Transport
  readonly status: StatusMemory
  readonly inFlight: ReadonlySet<CallInFlight>
  readonly clock: () => Moment
  readonly staleAfterSeconds: number
  readonly onError: (error: unknown) => void
}
