/** Refusals that several use cases share, and those of a request in its final state. SPEC 12. */
import { ApprovalError } from '@countersign/verifier'
import { type ApprovalRequest, type RequestState, stateAt } from '../domain/approval/approval-request.ts'
import { type Refusal, type Result, refuse } from '../domain/refusal.ts'

export const notFound = () => refuse('not_found', 'There is nothing here under that id, or it is not yours to see.')

export const tooMany = (retryAfterSeconds: number) =>
  refuse('rate_limited', `Too many calls. Try again in ${retryAfterSeconds} s.`, { retryAfterSeconds })

/** Turns an `ApprovalError` of the verifier's parsers into a refusal. Other errors are bugs and pass through. */
export async function parsing<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ApprovalError) return refuse(error.code, error.message)
    throw error
  }
}

/** The reason why a request cannot be answered or, for collecting, has no token; undefined when it can, or has one. */
export function refusalOfState(
  request: ApprovalRequest,
  now: number,
  purpose: 'answering' | 'collecting' = 'answering',
): Refusal | undefined {
  const state = stateAt(request, now)
  if (state === 'pending') return purpose === 'answering' ? undefined : PENDING
  if (state === 'approved' && purpose === 'collecting') return undefined
  const { denial } = request
  return { ...ENDED[state], ended: { state, ...(denial === null ? {} : { denial }) } }
}

export const KILLED: Refusal = {
  code: 'killed',
  message: 'A kill switch stops this action. Do not act; ask again once it is released.',
  oauthError: 'access_denied',
}
/** Its entry names other digests than its texts have. It can be denied. */
export const ALTERED: Refusal = {
  code: 'action_mismatch',
  message:
    'The stored texts of this request are not those that were recorded. It cannot be approved. Deny it, ask again, and have the database examined.',
}
const PENDING: Refusal = {
  code: 'request_pending',
  message: 'Nobody has answered yet. Ask again later.',
  retryAfterSeconds: 5,
  oauthError: 'authorization_pending',
}

const ENDED: Readonly<Record<Exclude<RequestState, 'pending'>, Refusal>> = {
  approved: { code: 'request_denied', message: 'This request has been approved already.' },
  denied: {
    code: 'request_denied',
    message: 'An approver denied the request. Do not act.',
    oauthError: 'access_denied',
  },
  withdrawn: {
    code: 'request_denied',
    message: 'Its agent withdrew the request. Do not act.',
    oauthError: 'access_denied',
  },
  stopped: {
    code: 'request_denied',
    message: 'The request was stopped: it was revoked, or its agent or executor was removed. Do not act.',
    oauthError: 'access_denied',
  },
  changed: {
    code: 'request_denied',
    message: 'An approver changed the call: another request took the place of this one.',
  },
  expired: {
    code: 'request_expired',
    message: 'The request expired before it was approved. Open a new one.',
    oauthError: 'expired_token',
  },
}
