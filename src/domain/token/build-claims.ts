/**
 * The claims of an approval token, built from a request and what allowed it.
 *
 * In: an approval request, its consents, ids and instants. Out: claims without `log`, and with it.
 * Signs nothing and checks no signature. SPEC 6, 8.
 */
import { type ApprovalClaims, type Consent, canonicalize, type Digest, type GrantBounds } from '@countersign/verifier'
import { plainJson } from '../action/plain-json.ts'
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
  /** The grant under which the request was approved. */
  readonly grant: ApprovalRequest | null
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
        ...(input.grant === null ? {} : { bounds: boundsOf(input.grant) }),
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

/**
 * Whether claims are what this request gives, but for the choices of issuing: id, instant, key, place in a status list, and
 * the consents, which are verified apart. False for a call of a grant whose bounds were erased.
 */
export function areOf(issuer: string, claims: ApprovalClaims, request: ApprovalRequest, grant: ApprovalRequest | null) {
  if (grant && !(grant.action && grant.series?.bounds)) return false
  const { log, ...bare } = claims
  const { jti, iat: now, cnf, approval } = bare
  const { resource, salt } = request.action ?? claims.authorization_details[0]
  const issuing = { jti, now, jkt: cnf?.jkt ?? null, status: claims.status.status_list, consents: approval.consents }
  const built = buildClaims({ issuer, request, resource, salt, grant, ...issuing })
  return canonicalize(built) === canonicalize(bare) && log.origin === logOrigin(issuer)
}

/** Throws for a grant whose bounds were erased: nothing can be held to them. */
function boundsOf({ id, digest, action, series, terms }: ApprovalRequest): GrantBounds {
  if (!action || !series?.bounds) throw new Error('The bounds of this grant have been erased')
  const { arguments: constraints } = series.bounds
  return { grant: id, digest, salt: action.salt, uses: terms.uses, arguments: plainJson(constraints) }
}

/** The log's name, as checkpoints will carry it. */
export const logOrigin = (issuer: string): string => `${new URL(issuer).host}/log`

/** The claims as signed: they name the entry that holds their digest. */
export const withLog = (claims: ClaimsWithoutLog, issuer: string, leaf: Digest): ApprovalClaims => ({
  ...claims,
  log: { origin: logOrigin(issuer), leaf },
})

/** The most that verifiers read. */
export const MAX_TOKEN_BYTES = 12_288

/** A consent as JSON, without the origin that its client data names: ES256 over 37 bytes of authenticator data. */
const CONSENT_BYTES = 700
/** The header, the signature and the dots between them. */
const ENVELOPE_BYTES = 240

/** The size of the token that a request leads to, once its quorum has consented, each alone. */
export function expectedTokenBytes(issuer: string, request: ApprovalRequest): number {
  const { resource = '', salt = '' } = request.action ?? {}
  const status = { idx: 1_000_000, uri: `${issuer}/status/1000000` }
  const ids = { jti: request.id, now: request.createdAt, jkt: request.digest }
  const grant = request.series ? request : null
  const claims = withLog(
    buildClaims({ issuer, request, resource, salt, consents: [], status, grant, ...ids }),
    issuer,
    request.digest,
  )
  const consents = claims.approval.quorum * (CONSENT_BYTES + Math.ceil((issuer.length * 4) / 3))
  const bytes = new TextEncoder().encode(JSON.stringify(claims)).length + consents
  return Math.ceil((bytes * 4) / 3) + ENVELOPE_BYTES
}
