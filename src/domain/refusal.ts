/**
 * A refusal: the expected way for any stage to say no. A tagged value, never an exception: exceptions inside the
 * authority are for bugs and broken infrastructure only. SPEC 12.
 */
import type { ErrorCode } from '@countersign/verifier'

/** `message` is safe to show to the caller: no secret, no token, no data of another party. */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  /** The HTTP status, where it differs from the code's own (404, 413, 415, 422). */
  readonly status?: number
  readonly retryAfterSeconds?: number
  /** The rule that failed, for the log: it never reaches the caller. */
  readonly cause?: string
  /** The error code of the OAuth endpoint, where the draft has one of its own. */
  readonly oauthError?: 'authorization_pending' | 'slow_down' | 'access_denied' | 'expired_token'
  /** The word of SCIM for what is wrong. RFC 7644, 3.12. */
  readonly scimType?: ScimType
  /** How the request ended that is refused for it. */
  readonly ended?: EndedRequest
}

export type ScimType =
  | 'invalidFilter'
  | 'invalidPath'
  | 'invalidSyntax'
  | 'invalidValue'
  | 'mutability'
  | 'noTarget'
  | 'tooMany'
  | 'uniqueness'

export interface EndedRequest {
  readonly state: 'approved' | 'denied' | 'expired' | 'withdrawn' | 'stopped' | 'changed'
  /** The words of a person, for the parties of the request. */
  readonly denial?: { readonly by: string; readonly reason: string | null }
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal }

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })

export function refuse(
  code: ErrorCode,
  message: string,
  more: Partial<Omit<Refusal, 'code' | 'message'>> = {},
): { readonly ok: false; readonly refusal: Refusal } {
  return refused({ code, message, ...more })
}

export const refused = (refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } => ({ ok: false, refusal })

/** The result with its value changed; a refusal stays as it is. */
export const mapResult = <T, U>(result: Result<T>, change: (value: T) => U): Result<U> =>
  result.ok ? ok(change(result.value)) : result

/** A fault that a schema found, in the form zod gives it. */
interface SchemaIssue {
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly code?: string
  readonly keys?: readonly string[]
  readonly expected?: string
}

const MAX_NAMES = 120

/**
 * A schema's fault in a sentence for the sender; `within` names what the paths start from. Names are cut short, since
 * they are the sender's own words and may be of any length.
 */
export function explainIssue(issue: SchemaIssue | undefined, within: string): string {
  if (!issue) return `${within}: not valid.`
  const where = issue.path.length === 0 ? within : placeOf(issue.path)
  return `${shortened(where)}: ${explain(issue)}.`
}

/** Names joined by dots; with an index among them, a JSON pointer. */
const placeOf = (path: readonly PropertyKey[]): string =>
  path.some((name) => typeof name === 'number') ? pointerOf(path) : path.join('.')

/** RFC 6901. */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((name) => `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

function explain({ code, message, keys = [], expected }: SchemaIssue): string {
  if (code === 'unrecognized_keys') return `unknown member ${shortened(keys.join(', '))}`
  return code === 'invalid_type' && message.endsWith('received undefined') ? `missing ${expected}` : message
}

export const shortened = (names: string): string => (names.length > MAX_NAMES ? `${names.slice(0, MAX_NAMES)}…` : names)

/** The database is away or does not answer, and the caller gets a 503. What a use case wrote before stays written. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/** None of this process's keys may sign yet, since a new one is published first. The caller gets a 503. */
export class NoSigningKey extends Error {
  override readonly name = 'NoSigningKey'
}
