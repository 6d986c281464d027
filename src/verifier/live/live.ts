/**
 * What the verifier and the stream of events are to each other.
 *
 * Types only, so that a verifier that follows no stream carries nothing of it. SPEC 9.
 */
import type { Transport } from '../authority.ts'
import type { ApprovalClaims } from '../claims.ts'
import type { CallInFlight } from '../guard.ts'
import type { Moment, StatusMemory } from '../status.ts'

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
