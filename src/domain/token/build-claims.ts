/**
 * The claims of an approval token, built from a request and what allowed it.
 *
 * In: an approval request, its consents, ids and instants. Out: claims without `log`, and with it.
 * Signs nothing and checks no signature. SPEC 6, 8.
 */
import type { ApprovalClaims, Consent, Digest } from '@countersign/verifier'
import type { ApprovalRequest } from '../approval/approval-request.ts'

export interface ClaimsInput {
  readonly issuer: string
  readonly request: ApprovalRequest
  /** Resource and salt, which the token carries by value. */
  readonly resource: string
  readonly salt: string
  readonly consents: readonly Consent[]
  readonly jti: string
  readonly now: number
  readonly status: { readonly idx: number; readonly uri: string }
  readonly jkt: string | null
}

export type ClaimsWithoutLog = Omit<ApprovalClaims, 'log'>

/** `exp` is the life the terms give, never past the statement's `expires`. */
export function buildClaims(input: ClaimsInput): ClaimsWithoutLog {
  const { request } = input
  return {
    iss: input.issuer,
    aud: request.audience,
    sub: request.principal,
    act: request.act,
    client_id: request.actor,
    jti: input.jti,
    iat: input.now,
    exp: Math.min(input.now + request.terms.ttlSeconds, request.expiresAt),
    txn: request.txn,
    scope: request.name,
    authorization_details: [
      {
        type: 'countersign_action',
        name: request.name,
        resource: input.resource,
        digest: request.digest,
        salt: input.salt,
        uses: request.terms.uses,
        ...(request.stateDigest === null ? {} : { state: request.stateDigest }),
      },
    ],
    approval: {
      request: request.id,
      origin: request.origin,
      policy: request.policy,
      quorum: request.origin === 'policy' ? 0 : request.terms.quorum,
      separation: request.separation ?? true,
      consents: [...input.consents],
    },
    status: { status_list: input.status },
    ...(input.jkt === null ? {} : { cnf: { jkt: input.jkt } }),
  }
}

/** The log's name, as checkpoints will carry it. */
export const logOrigin = (issuer: string): string => `${new URL(issuer).host}/log`

/** The claims as signed: they name the entry that holds their digest. */
export const withLog = (claims: ClaimsWithoutLog, issuer: string, leaf: Digest): ApprovalClaims => ({
  ...claims,
  log: { origin: logOrigin(issuer), leaf },
})
