/**
 * The one error the verifier throws, and the closed list of codes it carries.
 *
 * In:  a code, and what is known about the case.
 * Out: an `ApprovalError` whose message says what to do next.
 *
 * No message holds a token, a secret, a stack or another party's data; an authority's own words are never passed on.
 * DESIGN 12.
 */

/**
 * The HTTP status of every code. Where a request body is at fault the HTTP layer may say 404, 413 or 422 instead.
 * DESIGN 12.
 */
export const ERROR_STATUS = {
  token_missing: 401,
  token_malformed: 401,
  token_type: 401,
  token_algorithm: 401,
  token_signature: 401,
  token_issuer: 401,
  token_audience: 401,
  token_expired: 401,
  token_not_yet_valid: 401,
  action_mismatch: 403,
  consent_missing: 401,
  consent_invalid: 401,
  quorum_unmet: 403,
  token_revoked: 409,
  token_redeemed: 409,
  status_stale: 401,
  proof_of_possession: 401,
  killed: 403,
  authority_unreachable: 503,
  policy_denied: 403,
  request_pending: 409,
  request_expired: 409,
  request_denied: 409,
  rate_limited: 429,
  invalid_request: 400,
  not_found: 404,
  forbidden: 403,
  unauthenticated: 401,
} as const satisfies Record<string, number>

/** One of the stable codes of DESIGN 12. The list is closed: a new code is a new major version. */
export type ErrorCode = keyof typeof ERROR_STATUS

/** Every `ErrorCode`, in the order of DESIGN 12. */
export const ERROR_CODES = Object.freeze(Object.keys(ERROR_STATUS)) as readonly ErrorCode[]

/** Tells an `ErrorCode` from any other value, `toString` and its like included. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_STATUS, value)
}

const ADVICE: Record<ErrorCode, string> = {
  token_missing: 'Ask the authority for approval of this action, then repeat the call with the approval token.',
  token_malformed: 'Send the approval token exactly as the authority issued it.',
  token_type: 'This is not an approval token. Send the one the authority issued for this action.',
  token_algorithm: 'The token is signed with an algorithm its key is not meant for. Ask for a new token.',
  token_signature: 'No current key of the authority signed this token. Ask for a new token.',
  token_issuer: 'The token comes from another authority. Ask the one this executor trusts.',
  token_audience: 'The token is made out to another executor. Ask for one that names this executor.',
  token_expired: 'The token has run out. Ask for a new approval.',
  token_not_yet_valid: 'The token is not valid yet. Compare the clocks of authority and executor.',
  action_mismatch:
    'The call differs from what was approved. Repeat exactly the approved call, or ask for approval of this one.',
  consent_missing: 'This executor acts only on human consent. Ask for approval by a person.',
  consent_invalid: 'A consent in the token does not verify. Ask for a new approval.',
  quorum_unmet: 'Too few people who may count consented. Ask for the missing consents.',
  token_revoked: 'The approval was withdrawn. Ask again only if the reason for the withdrawal is settled.',
  token_redeemed: 'The token has been spent. Ask for a new approval.',
  status_stale: 'It is unknown whether the token still holds. Retry when the authority can be reached.',
  proof_of_possession: 'Send one fresh DPoP proof made with the key that the token is bound to.',
  killed: 'A kill switch is engaged for this call. Wait until it is released.',
  authority_unreachable: 'The authority gave no usable answer. Retry later.',
  policy_denied: 'The policy does not allow this action now. Change the action or ask an administrator.',
  request_pending: 'The request is still waiting for consent. Ask again later.',
  request_expired: 'The request ran out before it was approved. Open a new one.',
  request_denied: 'An approver denied the request. Change the action before asking again.',
  rate_limited: 'Too many requests. Wait before trying again.',
  invalid_request: 'The request is not well formed. Correct it and send it again.',
  not_found: 'There is nothing here under that name. Check the identifier.',
  forbidden: 'This caller may not do that. Use the right credential.',
  unauthenticated: 'Send a valid credential.',
}

/** What an `ApprovalError` may carry beside its code. */
export interface ApprovalErrorOptions {
  /** One sentence in place of the standard advice. Never user input, a token or a secret: it goes out on the wire. */
  readonly message?: string
  /** A signed transaction challenge that the caller may relay to the authority. */
  readonly challenge?: string
  /** An HTTP status that says more than that of the code: 413, 422. */
  readonly status?: number
  /** Seconds after which a retry makes sense. */
  readonly retryAfterSeconds?: number
  /** What lies underneath, for the log of the executor alone: it never reaches the wire. */
  readonly cause?: unknown
}

/**
 * Thrown for every refusal. `code` is for programs, `message` for people, `status` for HTTP.
 * A caller that catches it and goes on has run the action without approval. DESIGN 12.
 */
export class ApprovalError extends Error {
  override readonly name = 'ApprovalError'
  readonly code: ErrorCode
  /** HTTP status: that of `code`, unless the case has a more telling one. */
  readonly status: number
  /** Present on `token_missing` when the executor has a challenge key. */
  declare readonly challenge?: string
  declare readonly retryAfterSeconds?: number

  constructor(code: ErrorCode, options: ApprovalErrorOptions = {}) {
    super(options.message ?? ADVICE[code], options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = options.status ?? ERROR_STATUS[code]
    if (options.challenge !== undefined) this.challenge = options.challenge
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds
  }
}
