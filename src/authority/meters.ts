/** The counters that use cases report to. The platform keeps them. */
import type { ErrorCode } from '@countersign/verifier'

/**
 * `granted`: people had consented to a series of such calls. `stopped`: a kill switch selects it. `unfit`: its arguments
 * do not fit their schema.
 */
export type Decision = 'allow' | 'deny' | 'approval' | 'granted' | 'stopped' | 'unfit'
/** The answers to an evaluation. `token_required`: policy counts such calls, so an executor needs the token of one. */
export const EVALUATION_REASONS = [
  'allowed',
  'approval_required',
  'token_required',
  'policy_denied',
  'killed',
  'not_evaluated',
] as const
export type EvaluationReason = (typeof EVALUATION_REASONS)[number]
/** `stopped`: revoked while it waited, or its agent or executor was removed. */
export type Answer = 'approved' | 'denied' | 'expired' | 'withdrawn' | 'stopped' | 'changed'

/** The answer of an outside policy engine, or why there was none. `nonsense`: it does not fit. */
export const ENGINE_VERDICTS = [
  'allow',
  'approval',
  'deny',
  'busy',
  'timeout',
  'unreachable',
  'redirect',
  'status',
  'media_type',
  'size',
  'json',
  'nonsense',
] as const
export type EngineVerdict = (typeof ENGINE_VERDICTS)[number]

export interface Meters {
  /** A proposal was decided on. */
  readonly decided: (decision: Decision) => void
  /** An agent asked what would be decided, or an executor whether it may act. */
  readonly evaluated: (reason: EvaluationReason) => void
  /** A request that waited for people has ended; `seconds`: how long it waited for their answer. */
  readonly answered: (answer: Answer, seconds?: number) => void
  /** A token was spent. */
  readonly redeemed: () => void
  /** A row of configuration was refused. */
  readonly configurationRefused: () => void
  /** An executor turned a call away, and reported it. */
  readonly refusedByExecutor: (code: ErrorCode) => void
  /** An outside policy engine was asked; `seconds`: how long its decision took. */
  readonly engineAnswered: (verdict: EngineVerdict, seconds: number) => void
}

export const noMeters: Meters = {
  decided: () => {},
  evaluated: () => {},
  answered: () => {},
  redeemed: () => {},
  configurationRefused: () => {},
  refusedByExecutor: () => {},
  engineAnswered: () => {},
}
