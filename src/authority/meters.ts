/** The counters that use cases report to; what keeps them is the platform's business. */
import type { ErrorCode } from '@countersign/verifier'

/** `stopped`: a kill switch selects it. */
export type Decision = 'allow' | 'deny' | 'approval' | 'stopped'
/** `stopped`: revoked while it waited, or its agent or executor was removed. */
export type Answer = 'approved' | 'denied' | 'expired' | 'withdrawn' | 'stopped'

export interface Meters {
  /** A proposal was decided on. */
  readonly decided: (decision: Decision) => void
  /** A request that waited for people has ended; `seconds`: how long it waited for their answer. */
  readonly answered: (answer: Answer, seconds?: number) => void
  /** A token was spent. */
  readonly redeemed: () => void
  /** An executor turned a call away, and reported it. */
  readonly refusedByExecutor: (code: ErrorCode) => void
}

export const noMeters: Meters = {
  decided: () => {},
  answered: () => {},
  redeemed: () => {},
  refusedByExecutor: () => {},
}
