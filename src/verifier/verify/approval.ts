/**
 * The content of a verified token, for the code that acts on it.
 *
 * Holds no token, so that it can be logged and passed on. SPEC 7.
 */
import type { Redemption } from '../authority/redeem.ts'
import type { Digest } from '../data/digest.ts'
import type { ApprovalClaims } from '../jwt/claims.ts'

/** An approval of one action that was checked in full. Only `verify` makes one. */
export type Approval = {
  readonly jti: string
  /** Id of the approval request. */
  readonly request: string
  /** Trace id of the whole story, once redeemed. */
  readonly trace?: string
  readonly origin: 'human' | 'policy'
  /** The principal (`sub`). */
  readonly principal: string
  /** The agent that asked (`act.sub`). */
  readonly agent: string
  /** The client that may present the token (`client_id`). */
  readonly actor: string
  /** The distinct people who consented, by pseudonymous id. */
  readonly approvers: readonly string[]
  /** False when an approver is the principal or runs the agent. */
  readonly separation: boolean
  /** Digest of the action. */
  readonly action: Digest
  /** Epoch seconds. */
  readonly expiresAt: number
  /** All claims of the token. */
  readonly claims: ApprovalClaims
  /** The authority's receipt; absent under `withoutRedemption`. */
  readonly redemption?: Redemption
}

export function approvalOf(claims: ApprovalClaims, redemption: Redemption | undefined): Approval {
  const { approval } = claims
  const approvers = [...new Set(approval.consents.map((consent) => consent.approver))]
  return Object.freeze({
    jti: claims.jti,
    request: approval.request,
    origin: approval.origin,
    principal: claims.sub,
    agent: claims.act.sub,
    actor: claims.client_id,
    approvers: Object.freeze(approvers),
    separation: approval.separation,
    action: claims.authorization_details[0].digest,
    expiresAt: claims.exp,
    claims,
    ...(redemption && { trace: redemption.trace, redemption }),
  })
}
