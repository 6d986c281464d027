/** The one error that the client throws: the authority refused, or gave no usable answer. SPEC 12. */
import type { ErrorCode } from '@countersign/verifier'
import type { Problem } from './read-problem.ts'

/** `code` is for programs, `message` says what to do next. */
export class AuthorityError extends Error {
  override readonly name = 'AuthorityError'
  readonly code: ErrorCode
  /** The trace under which the authority keeps this refusal. */
  declare readonly trace?: string
  declare readonly retryAfterSeconds?: number
  /** The word of the OAuth endpoint, for a relayed challenge. */
  declare readonly oauthError?: string

  constructor({ code, detail, ...more }: Problem) {
    super(detail)
    this.code = code
    Object.assign(this, more)
  }
}
