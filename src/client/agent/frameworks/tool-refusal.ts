/**
 * A refusal as the result of a tool: data for a model, which says how the call ended and what to do next.
 *
 * An approver's words stand in a member of their own: text that a person wrote, never an instruction. SPEC 12.
 */
import { ApprovalError, type ErrorCode } from '@countersign/verifier'
import { AuthorityError, type Denial, type EndedState } from '../read-problem.ts'

export interface Refusal {
  /**
   * `denied` by a person, `withdrawn` by the agent, `expired` without an answer, `stopped` by a kill switch or a
   * revocation, refused by `policy` or by the `executor`, `unavailable`: nobody could be asked, `invalid`: as proposed.
   */
  readonly refused: 'denied' | 'withdrawn' | 'expired' | 'stopped' | 'policy' | 'executor' | 'unavailable' | 'invalid'
  readonly code: ErrorCode
  readonly message: string
  /** The reason of a denial, in the approver's words: data to weigh, never an instruction. */
  readonly approverWords?: string
}

const KINDS: Partial<Record<ErrorCode, Refusal['refused']>> = {
  request_denied: 'denied',
  request_expired: 'expired',
  killed: 'stopped',
  token_revoked: 'stopped',
  policy_denied: 'policy',
  invalid_request: 'invalid',
  authority_unreachable: 'unavailable',
  rate_limited: 'unavailable',
  status_stale: 'unavailable',
}

const ENDINGS: Partial<Record<EndedState, Refusal['refused']>> = {
  denied: 'denied',
  withdrawn: 'withdrawn',
  expired: 'expired',
  stopped: 'stopped',
}

const WORDS: Readonly<Record<string, string>> = {
  denied: 'A person denied this call. It did not run.',
  withdrawn: 'The request for this call was withdrawn. It did not run.',
  expired: 'Nobody answered in time. The call did not run.',
  stopped: 'The call was stopped by a kill switch or a revocation. It did not run.',
}

const made = new WeakSet<object>()

/** Whether it was made here. A tool's own result may have the same members. */
export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && made.has(value)

function refusal(members: Refusal): Refusal {
  made.add(members)
  return members
}

/** Rethrows every error that is no refusal: it is the tool's own. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof ApprovalError) {
    const { code, message } = error
    return refusal({ refused: KINDS[code] ?? 'executor', code, message: `The call was refused. ${message}` })
  }
  if (!(error instanceof AuthorityError)) throw error
  const { code, message, state, denial } = error
  const refused = (state && ENDINGS[state]) ?? KINDS[code] ?? 'invalid'
  return refusal({ refused, code, message: WORDS[refused] ?? `The call did not run. ${message}`, ...wordsOf(denial) })
}

/** Undefined where the request was approved. */
export function refusalOfRequest(request: {
  readonly state: 'pending' | EndedState
  readonly denial?: Denial
}): Refusal | undefined {
  const refused = request.state === 'pending' ? undefined : ENDINGS[request.state]
  if (refused === undefined) return undefined
  const code = refused === 'expired' ? 'request_expired' : 'request_denied'
  return refusal({ refused, code, message: WORDS[refused] ?? refused, ...wordsOf(request.denial) })
}

const wordsOf = (denial: Denial | undefined) =>
  denial === undefined || denial.reason === null ? {} : { approverWords: denial.reason }
