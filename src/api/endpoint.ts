/**
 * What an endpoint says of itself: one row of the table in `endpoints.ts`.
 */
import type { ErrorCode } from '@countersign/verifier'
import type { z } from 'zod'

/** `agent`, `executor`, `operator`, `auditor`: a bearer credential of that kind. `session`: an approver's cookie. */
export type Auth =
  | 'none'
  | 'agent'
  | 'executor'
  | 'operator'
  | 'session'
  | 'admin'
  | 'agent-or-operator'
  | 'operator-or-admin'
  /** Whoever may stop things: an operator, or a person who may consent. */
  | 'operator-or-approver'
  /** Whoever may see what is stopped: an operator, an auditor, anyone signed in. */
  | 'watcher'
  /** Whose token it may be. */
  | 'agent-executor-or-operator'
  | 'executor-operator-or-auditor'
  | 'auditor-or-party'
  /** An auditor's credential, or the session of an auditor or an admin. */
  | 'auditor'
  /** The same, or everyone where the log is public. */
  | 'log'

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly summary: string
  readonly auth: Auth
  readonly tag:
    | 'agents'
    | 'executors'
    | 'approvers'
    | 'control'
    | 'administration'
    | 'notifications'
    | 'ledger'
    | 'discovery'
  readonly body?: z.ZodType
  readonly form?: z.ZodType
  /** Of text members, which the address carries. */
  readonly query?: z.ZodObject
  readonly status: 200 | 201 | 204
  readonly response?: z.ZodType
  /**
   * The codes this call is refused with, beside invalid_request, unauthenticated, forbidden (another kind of caller, a
   * foreign page) and authority_unreachable.
   */
  readonly refusals: readonly ErrorCode[]
}

export const define = <const T extends Record<string, Endpoint>>(table: T): T => table
