/**
 * An `ApprovalError` on HTTP: RFC 9457 body and the headers that belong to it.
 *
 * Gives away neither `cause` nor stack. RFC 6750, RFC 9449 section 7.1.
 */
import type { ApprovalError } from './approval-error.ts'

/** An error, ready to be sent. */
export type Problem = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: {
    readonly type: 'about:blank'
    readonly title: string
    readonly status: number
    readonly code: string
    readonly detail: string
    /** A challenge too long for a header. */
    readonly transaction_challenge?: string
  }
}

/** Longest challenge that travels in a header, in characters. */
const MAX_HEADER_CHALLENGE = 4096

/** Turns an error into status, headers and body. `scheme` (default `Bearer`) is named in `WWW-Authenticate`. */
export function toProblem(error: ApprovalError, scheme: 'Bearer' | 'DPoP' = 'Bearer'): Problem {
  const { status, code, message, challenge, retryAfterSeconds } = error
  const inBody = challenge !== undefined && challenge.length > MAX_HEADER_CHALLENGE
  return {
    status,
    headers: {
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
      ...((status === 401 || challenge !== undefined) && { 'www-authenticate': authenticate(error, scheme, inBody) }),
      ...(retryAfterSeconds && { 'retry-after': `${Math.ceil(retryAfterSeconds)}` }),
    },
    body: {
      type: 'about:blank',
      title: code.replaceAll('_', ' '),
      status,
      code,
      detail: message,
      ...(inBody && { transaction_challenge: challenge }),
    },
  }
}

/** As `toProblem`, as a `Response`. */
export function problemResponse(error: ApprovalError, scheme?: 'Bearer' | 'DPoP'): Response {
  const { status, headers, body } = toProblem(error, scheme)
  return new Response(JSON.stringify(body), { status, headers })
}

function authenticate({ code, message, challenge }: ApprovalError, scheme: string, inBody: boolean): string {
  // RFC 6750 section 3.1: a request without credentials gets no error code, unless there is something to add.
  if (code === 'token_missing' && challenge === undefined) return scheme
  if (code === 'proof_of_possession') return parameters('DPoP', 'invalid_dpop_proof', message)
  if (code !== 'token_missing' && challenge === undefined) return parameters(scheme, 'invalid_token', message)
  const error = 'transaction_authorization_required'
  if (inBody) return parameters(scheme, error, 'The challenge is in the body, as transaction_challenge.')
  return `${parameters(scheme, error, message)}, transaction_challenge="${challenge}"`
}

/** Scheme and parameters; the description as a quoted-string (RFC 9110 section 5.6.4) of printable ASCII alone. */
function parameters(scheme: string, error: string, description: string): string {
  return `${scheme} error="${error}", error_description="${description.replace(/[^ !#-[\]-~]/g, '?')}"`
}
