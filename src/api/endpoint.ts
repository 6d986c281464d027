/**
 * A row of the endpoint table: the facts that the routes, the client, the OpenAPI document and the pages read.
 */
import type { ErrorCode } from '@countersign/verifier'
import type { z } from 'zod'
import type { CredentialKind } from '../domain/identity/parties.ts'
import type { HEADERS } from './headers.ts'
import type { TAGS } from './tags.ts'

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly summary: string
  /** Sentences beyond the summary. */
  readonly description?: string
  /** Kinds of credential that may call. `anyone`: the endpoint is open, and looks at no credential. */
  readonly callers: 'anyone' | readonly CredentialKind[]
  /** Signed-in people who may call too: all of them, or those with this role. Admins may do what the other roles may. */
  readonly session?: 'any' | 'approver' | 'admin' | 'auditor'
  /** The setting that opens the endpoint to everyone. */
  readonly openIf?: 'logPublic'
  /** A call may cut off execution, so the executors' event stream has to look at the database at once. */
  readonly stops?: true
  /** Refused while the ledger is full. Calls that end, report or stop something are always taken. */
  readonly newWork?: true
  readonly tag: keyof typeof TAGS
  /** Request headers that shape the call. */
  readonly headers?: readonly (keyof typeof HEADERS)[]
  readonly body?: z.ZodType
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
