/** The interface through which decisions reach the observed draft. SPEC 11.8. */
import type { Policy, PolicyDecision, PolicyQuery } from '../../domain/policy/policy.ts'

/** A decision that was made. `request`: null where none was opened. */
export interface DecidedCall {
  readonly call: Omit<PolicyQuery, 'people' | 'session' | 'history'>
  readonly policy: Policy
  readonly decision: PolicyDecision
  readonly request: string | null
}

export interface Observer {
  /** Never throws, and never waits. */
  readonly notice: (decided: DecidedCall) => void
  /** An observation has begun: from now on calls count. */
  readonly look: () => void
  /** Resolves when everything noticed so far is counted. */
  readonly settle: () => Promise<void>
}
