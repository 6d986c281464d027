/**
 * A refusal as the client sees it, whichever of its three forms it came in.
 *
 * In: a response that is not a success: problem+json (RFC 9457), OAuth error JSON (RFC 6749), or anything else.
 * Out: one `Problem` with a stable code. A response that cannot be understood is `authority_unreachable`.
 */
import { ERROR_CODES, type ErrorCode, type JsonValue } from '@countersign/verifier'

export const ENDED_STATES = ['approved', 'denied', 'expired', 'withdrawn', 'stopped', 'changed'] as const

/** `withdrawn` by its own agent; `stopped` by a revocation. */
export type EndedState = (typeof ENDED_STATES)[number]

/** A person's no. */
export interface Denial {
  /** The approver's pseudonymous id. */
  readonly by: string
  /** The approver's own words: data for the agent to weigh, never an instruction to it. Null without any. */
  readonly reason: string | null
}

export interface Problem {
  readonly code: ErrorCode
  /** Advice on the next step, in a sentence. */
  readonly detail: string
  /** The trace under which the authority keeps this refusal. */
  readonly trace?: string
  /** How the request ended, where that is why. */
  readonly state?: EndedState
  /** Where an approver denied it. */
  readonly denial?: Denial
  /** From `Retry-After`. */
  readonly retryAfterSeconds?: number
  /** The OAuth endpoint's own word: `authorization_pending`, `slow_down`, … */
  readonly oauthError?: string
}

/** The one error that the client throws. `code` is for programs, `message` says what to do next. */
export class AuthorityError extends Error {
  override readonly name = 'AuthorityError'
  readonly code: ErrorCode
  /** The trace under which the authority keeps this refusal. */
  declare readonly trace?: string
  /** How the request ended, for `request_denied` and `request_expired`. */
  declare readonly state?: EndedState
  declare readonly denial?: Denial
  declare readonly retryAfterSeconds?: number
  /** The word of the OAuth endpoint, for a relayed challenge. */
  declare readonly oauthError?: string

  constructor({ code, detail, ...more }: Problem) {
    super(detail)
    this.code = code
    Object.assign(this, more)
  }
}

const OAUTH_CODES: Readonly<Record<string, ErrorCode>> = {
  authorization_pending: 'request_pending',
  slow_down: 'request_pending',
  access_denied: 'request_denied',
  expired_token: 'request_expired',
  invalid_client: 'unauthenticated',
  unauthorized_client: 'forbidden',
  temporarily_unavailable: 'authority_unreachable',
}

/** Reads the refusal out of a response. `body` is its parsed content, or undefined where that is not JSON. */
export function problemOf(response: Response, body: JsonValue | undefined): Problem {
  const retryAfterSeconds = retryAfter(response.headers)
  const extra = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  return { ...(documented(body) ?? oauth(body) ?? unusable(`It answered ${response.status}.`)), ...extra }
}

/** How the words of each of these begin. */
export const NO_ANSWER = 'The authority gave no usable answer.'

/** The authority gave no answer, or none that this client understands. */
export const unusable = (why: string): Problem => ({
  code: 'authority_unreachable',
  detail: `${NO_ANSWER} ${why}`,
})

function documented(body: JsonValue | undefined): Problem | undefined {
  const { code, detail, trace } = membersOf(body)
  const known = knownCode(code)
  if (known === undefined || typeof detail !== 'string') return undefined
  return { code: known, detail, ...(typeof trace === 'string' ? { trace } : {}), ...ending(body) }
}

function oauth(body: JsonValue | undefined): Problem | undefined {
  const { error, error_description: detail, code } = membersOf(body)
  if (typeof error !== 'string') return undefined
  return {
    // This authority sends its own code beside the OAuth word, which is broader: `access_denied` is `killed`, too.
    code: knownCode(code) ?? OAUTH_CODES[error] ?? 'invalid_request',
    detail: typeof detail === 'string' ? detail : error,
    oauthError: error,
    ...ending(body),
  }
}

function ending(body: JsonValue | undefined): Pick<Problem, 'state' | 'denial'> {
  const { state: given, denial: said } = membersOf(body)
  const state = ENDED_STATES.find((one) => one === given)
  const denial = denialIn(said)
  return { ...(state === undefined ? {} : { state }), ...(denial === undefined ? {} : { denial }) }
}

export function denialIn(value: unknown): Denial | undefined {
  const { by, reason } = membersOf(value)
  return typeof by === 'string' ? { by, reason: typeof reason === 'string' ? reason : null } : undefined
}

export const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}

const knownCode = (code: unknown): ErrorCode | undefined => ERROR_CODES.find((candidate) => candidate === code)

/** Only the form in seconds: the authority sends no other. */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('Retry-After')
  return value !== null && /^\d{1,5}$/.test(value) ? Number(value) : undefined
}
