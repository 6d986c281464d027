/**
 * The one error the verifier throws, and the closed list of codes it carries.
 *
 * No message holds a token, a secret, a stack or another party's data; an authority's own words are never passed on.
 * SPEC 12.
 */

/** Status and advice of every code. The code itself names the fault. */
const CODES = {
  token_missing: [401, 'Ask for approval, then repeat the call with the token.'],
  token_malformed: [401, 'Send the token exactly as it was issued.'],
  token_type: [401, 'Send an approval token.'],
  token_algorithm: [401, 'Ask for a new approval.'],
  token_signature: [401, 'Ask for a new approval.'],
  token_issuer: [401, 'Ask the authority that this executor trusts.'],
  token_audience: [401, 'Ask for a token for this executor.'],
  token_expired: [401, 'Ask for a new approval.'],
  token_not_yet_valid: [401, 'Compare the clocks.'],
  action_mismatch: [403, 'Repeat the approved call exactly, or ask for a new approval.'],
  state_changed: [409, 'Look at what has changed, then ask for a new approval.'],
  state_unknown: [503, 'Retry when the state can be read.'],
  consent_missing: [401, 'Ask for approval by a person.'],
  consent_invalid: [401, 'Ask for a new approval.'],
  quorum_unmet: [403, 'Ask for approval by more people.'],
  token_revoked: [409, 'Ask why it was withdrawn.'],
  token_redeemed: [409, 'Ask for a new approval.'],
  status_stale: [401, 'Retry when the authority can be reached.'],
  proof_of_possession: [401, 'Send a fresh DPoP proof.'],
  killed: [403, 'Wait until the kill switch is released.'],
  authority_unreachable: [503, 'Retry when the authority can be reached.'],
  policy_denied: [403, 'Change the action before asking again.'],
  request_pending: [409, 'Wait before trying again.'],
  request_expired: [409, 'Ask for a new approval.'],
  request_denied: [409, 'Change the action before asking again.'],
  rate_limited: [429, 'Wait before trying again.'],
  invalid_request: [400, 'Correct the request and send it again.'],
  not_found: [404, 'Check the identifier.'],
  forbidden: [403, 'Use a credential that may do this.'],
  unauthenticated: [401, 'Use a valid credential.'],
} as const satisfies Record<string, readonly [number, string]>

/** One of the stable codes of SPEC 12. The list is closed: a new code is a new major version. */
export type ErrorCode = keyof typeof CODES

/** Every `ErrorCode`, in the order of SPEC 12. */
export const ERROR_CODES = Object.freeze(Object.keys(CODES)) as readonly ErrorCode[]

/**
 * The HTTP status of every code. Where a request body is at fault the HTTP layer may say 404, 413 or 422 instead.
 * SPEC 12.
 */
export const ERROR_STATUS = Object.freeze(
  Object.fromEntries(ERROR_CODES.map((code) => [code, CODES[code][0]])),
) as Readonly<Record<ErrorCode, number>>

/** Optional members of an `ApprovalError`. */
export interface ApprovalErrorOptions {
  /** One sentence in place of the standard advice. Never user input, a token or a secret: it goes out on the wire. */
  readonly message?: string
  /** A signed transaction challenge that the caller may relay to the authority. */
  readonly challenge?: string
  /** An HTTP status more precise than that of the code: 413, 422. */
  readonly status?: number
  /** Seconds after which a retry makes sense. */
  readonly retryAfterSeconds?: number
  /** The underlying error, for the executor's own log: it never reaches the wire. */
  readonly cause?: unknown
}

/**
 * Thrown for every refusal. `code` is for programs, `message` for people, `status` for HTTP.
 * A caller that catches it and goes on has run the action without approval. SPEC 12.
 */
export class ApprovalError extends Error {
  override readonly name = 'ApprovalError'
  readonly code: ErrorCode
  /** HTTP status: that of `code`, unless the case has a more telling one. */
  readonly status: number
  /** Present on `token_missing` and `state_changed` when the executor has a challenge key. */
  declare readonly challenge?: string
  declare readonly retryAfterSeconds?: number

  constructor(code: ErrorCode, options: ApprovalErrorOptions = {}) {
    super(options.message ?? CODES[code][1], options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = options.status ?? ERROR_STATUS[code]
    if (options.challenge !== undefined) this.challenge = options.challenge
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds
  }
}
