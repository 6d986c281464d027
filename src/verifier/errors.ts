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

const ADVICE: Record<ErrorCode, string> = {
  token_missing: 'Ask the authority to approve this action, then repeat the call with the token.',
  token_malformed: 'Send the token exactly as the authority issued it.',
  token_type: 'Send an approval token.',
  token_algorithm: 'Ask for a new token: this algorithm does not fit its key.',
  token_signature: 'Ask for a new token: no current key signed this one.',
  token_issuer: 'Ask the authority that this executor trusts.',
  token_audience: 'Ask for a token made out to this executor.',
  token_expired: 'Ask for a new approval.',
  token_not_yet_valid: 'Compare the clocks of authority and executor.',
  action_mismatch: 'Repeat the approved call exactly, or ask for approval of this one.',
  consent_missing: 'Ask for approval by a person: this executor takes no policy’s word.',
  consent_invalid: 'Ask for a new approval: a consent does not verify.',
  quorum_unmet: 'Ask for consent of more people who may count.',
  token_revoked: 'Settle why the approval was withdrawn, then ask again.',
  token_redeemed: 'Ask for a new approval: this one is spent.',
  status_stale: 'Retry when the authority can be reached.',
  proof_of_possession: 'Send one fresh DPoP proof by the key of the token.',
  killed: 'Wait until the kill switch is released.',
  authority_unreachable: 'Retry later: the authority gave no usable answer.',
  policy_denied: 'Change the action, or ask for a change of policy.',
  request_pending: 'Wait for the consents, then ask again.',
  request_expired: 'Open a new request.',
  request_denied: 'Change the action before asking again.',
  rate_limited: 'Wait before trying again.',
  invalid_request: 'Correct the request and send it again.',
  not_found: 'Check the identifier.',
  forbidden: 'Use a credential that may do this.',
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
