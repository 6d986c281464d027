/** A row of the endpoint table: the facts that the routes, the client, the OpenAPI document and the pages read. */
import type { ErrorCode } from '@countersign/verifier'
import type * as z from 'zod'
import type { CredentialKind } from '../domain/identity/parties.ts'

/** The groups of endpoints, in the order in which they are described. */
export const TAGS = {
  agents: { title: 'For agents', subject: 'Propose an action, read its state, collect the token.' },
  executors: { title: 'For executors', subject: 'Redeem a token, report the outcome, follow stops.' },
  approvers: { title: 'For approvers', subject: 'Sign in, enrol, consent and deny. The pages here use these.' },
  stop: {
    title: 'Stopping',
    subject: 'Engage a kill switch, read its effect and its confirmations, revoke. No passkey needed.',
  },
  administration: {
    title: 'Administration',
    subject: 'Change the authority itself. Every change is an approved action.',
  },
  notifications: { title: 'Notifications', subject: 'How each person is notified of waiting requests, and webhooks.' },
  ledger: { title: 'The ledger', subject: 'Search entries, prove them, read the log. For auditors.' },
  discovery: { title: 'Discovery', subject: 'Keys, metadata and health. Open to everyone.' },
} as const

/** The request headers that endpoints read, beside `Authorization` and `Content-Type`. */
export const HEADERS = {
  Prefer: {
    description: 'wait=N holds the answer until there is news, at most 55 seconds (RFC 7240)',
    example: 'wait=25',
  },
  'Idempotency-Key': {
    description:
      '1 to 255 visible ASCII characters, per caller and endpoint. The same body under the same key gives the answer of the first call; another body is refused with 422',
    example: '2c9b0e9e-7d3c-4c57-9a7e-0b7d7f1c2a55',
  },
  DPoP: {
    description:
      'A proof of possession for this call (RFC 9449), used once. A token that is collected is then bound to the key of the proof; a token that is bound is presented with one',
    example: undefined,
  },
  traceparent: {
    description: 'The caller’s W3C trace context, kept for correlation alone',
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
  'Approval-Token': { description: 'The approval token of this action', example: undefined },
  'Executor-Authorization': {
    description: 'Bearer and the credential of the executor at which the agent acts',
    example: undefined,
  },
  'X-Request-ID': {
    description: '1 to 256 visible ASCII characters, returned as they are',
    example: 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716',
  },
  'If-None-Match': { description: 'The version that the caller knows, as ETag gave it', example: undefined },
  'Last-Event-ID': {
    description: 'The id of the last event that was read: the stream goes on after it',
    example: '42',
  },
} as const satisfies Readonly<Record<string, { description: string; example: string | undefined }>>

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly summary: string
  readonly description?: string
  /** Kinds of credential that may call. `anyone`: the endpoint is open, and looks at no credential. */
  readonly callers: 'anyone' | readonly CredentialKind[]
  /** Signed-in people who may call too: all of them, or those with this role. Admins may do what the other roles may. */
  readonly session?: 'any' | 'approver' | 'admin' | 'auditor'
  /** The setting that opens the endpoint to everyone. */
  readonly openIf?: 'logPublic'
  /** Callable by anyone, but not counted by address: it costs nothing, or the use case counts it. */
  readonly uncounted?: true
  /** A call may cut off execution, so the executors' event stream has to look at the database at once. */
  readonly stops?: true
  /** Refused while the ledger is full. Calls that end, report or stop something are always taken. */
  readonly newWork?: true
  readonly tag: keyof typeof TAGS
  readonly headers?: readonly (keyof typeof HEADERS)[]
  readonly body?: z.ZodType
  /** Carries an action, a challenge or a preview: a body of at most 256 KiB. Others are at most 32 KiB. */
  readonly large?: true
  /** The status of a body that does not fit its schema, where a standard asks for another than 422. */
  readonly malformed?: 400
  readonly form?: z.ZodType
  /** Query parameters: all of them text. */
  readonly query?: z.ZodObject
  readonly status: 200 | 201 | 204
  /** The shape of a JSON answer. */
  readonly response?: z.ZodType
  /** Media types of an answer that is not JSON. */
  readonly produces?: readonly string[]
  /**
   * Error codes of this call, beside those of every call: invalid_request, unauthenticated, forbidden (another kind of
   * caller, a foreign page) and authority_unreachable.
   */
  readonly refusals: readonly ErrorCode[]
}

type Usual = 'tag' | 'status' | 'refusals'
type Row = Omit<Endpoint, Usual> & Partial<Pick<Endpoint, Usual>>
type Whole<R> = R &
  Pick<Endpoint, 'tag' | 'refusals'> &
  (R extends { readonly status: number } ? unknown : { readonly status: 200 })

/** Rows of one tag. A row states tag, status and refusals only where they differ from this tag, 200 and none. */
export function define<const Rows extends Record<string, Row>>(tag: Endpoint['tag'], rows: Rows) {
  const whole = Object.entries(rows).map(([id, row]) => [id, { tag, status: 200, refusals: [], ...row }])
  return Object.fromEntries(whole) as { readonly [Id in keyof Rows]: Whole<Rows[Id]> }
}
