/**
 * The contract between the verifier and the stream of events.
 *
 * Types only, so that a verifier that follows no stream carries nothing of it. SPEC 9.
 */
import type { Selector } from '../action/selector.ts'
import type { Moment, StatusMemory } from '../authority/status.ts'
import type { Transport } from '../authority/transport.ts'
import type { ApprovalError } from '../errors/approval-error.ts'
import type { ApprovalClaims } from '../jwt/claims.ts'
import type { Approval } from './approval.ts'

/** An approved call in flight. */
export type CallInFlight = {
  readonly approval: Approval
  /** Fires the `AbortSignal` of the call, whose outcome is then `aborted` unless it succeeds all the same. */
  readonly abort: (reason: ApprovalError) => void
}

/** A followed stream of events. One serves one verifier. */
export type Live = {
  /** Called by `createVerifier`, once: begins to follow. Throws `TypeError` without a credential, and the second time. */
  readonly attach: (verifier: Followed) => void
  /** The selectors of engaged kill switches, as far as the authority told: for calls that wait. */
  readonly engaged: () => readonly Selector[]
  /** Throws `killed` for a call that an engaged kill switch selects. */
  readonly check: (claims: ApprovalClaims) => void
  /** Aborts a call that begins after the stop that selects it arrived. */
  readonly begun: (call: CallInFlight) => void
  /** Age of the news in seconds; `Infinity` before the first. */
  readonly ageSeconds: () => number
  /** Closes the stream for good: from then on lists are fetched. Resolves when no work is pending. */
  readonly close: () => Promise<void>
}

/** The part of a verifier that a stream needs. */
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
