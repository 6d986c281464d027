/**
 * The claims of an approval token, exactly as they are on the wire.
 *
 * Checks shape and inner agreement only: no keys, no clock, no audience. SPEC 6.
 */
import { readName, readResource } from '../action/action.ts'
import type { GrantBounds } from '../action/bounds.ts'
import { type Actor, type Consent, type ConsentStatement, readConsent } from '../consent/statement.ts'
import type { Digest } from '../data/digest.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../data/json.ts'
import {
  array,
  bytes16,
  bytes32,
  digest,
  id,
  instant,
  integer,
  misfit,
  object,
  oneOf,
  type Reader,
  text,
} from '../data/shape.ts'
import { demand, insist, refusing } from '../errors/refuse.ts'

/** The one entry of `authorization_details` (RFC 9396). */
export type ActionDetails = {
  readonly type: 'countersign_action'
  readonly name: string
  readonly resource: string
  /** `actionDigest` of the whole action for `aud`. */
  readonly digest: Digest
  readonly salt: string
  /** Number of times the token may be spent: 1 to 1000. */
  readonly uses: number
  /** `stateDigest` of the state that the approval is bound to. */
  readonly state?: Digest
  /** Where people consented to a series: the grant, and its bounds. */
  readonly bounds?: GrantBounds
}

/** The origin and terms of an approval. */
export type ApprovalTerms = {
  /** Id of the approval request: 128 random bits, 22 base64url characters. */
  readonly request: string
  readonly origin: 'human' | 'policy'
  /** Digest of the policy under which consent was asked. */
  readonly policy: Digest
  /** Number of distinct people who had to consent: 0 exactly when `origin` is `policy`. */
  readonly quorum: number
  /** False exactly when an approver is the principal or runs the agent or the actor. */
  readonly separation: boolean
  readonly consents: readonly Consent[]
}

/** The claims of an approval token. SPEC 6. */
export type ApprovalClaims = {
  /** The authority's origin. */
  readonly iss: string
  /** The one executor. */
  readonly aud: string
  /** The principal. */
  readonly sub: string
  /** The agent that asked; nested for a chain of agents. */
  readonly act: Actor
  /** The actor: who may present the token. */
  readonly client_id: string
  /** 128 random bits, 22 base64url characters. */
  readonly jti: string
  /** Epoch seconds. */
  readonly iat: number
  /** Epoch seconds. */
  readonly exp: number
  /** Transaction id: the challenge's `txn`, or the request id. */
  readonly txn: string
  /** The action name. */
  readonly scope: string
  readonly authorization_details: readonly [ActionDetails]
  readonly approval: ApprovalTerms
  readonly status: { readonly status_list: { readonly idx: number; readonly uri: string } }
  readonly log: { readonly origin: string; readonly leaf: Digest }
  readonly cnf?: { readonly jkt: string }
}

/** Reads `act` (RFC 8693): `sub`, and optionally the actor before. The depth of JSON limits the chain. */
export const readActor: Reader<Actor> = object({ sub: id }, { act: (value, where): Actor => readActor(value, where) })

const members: Reader<JsonObject> = (value, where) => {
  if (!isJsonObject(value)) throw misfit(where)
  return value
}

const bounds = object({ grant: bytes16, digest, salt: bytes16, uses: integer(1, 1000), arguments: members })

const details = object(
  {
    type: oneOf('countersign_action'),
    name: readName,
    resource: readResource,
    digest,
    salt: bytes16,
    uses: integer(1, 1000),
  },
  { state: digest, bounds },
)

const oneDetails = array(details, 1, 1) as Reader<readonly [ActionDetails]>

const terms = object({
  request: bytes16,
  origin: oneOf('human', 'policy'),
  policy: digest,
  quorum: integer(0, 8),
  separation: oneOf(true, false),
  consents: array(readConsent, 0, 8),
})

const readMembers = object(
  {
    iss: id,
    aud: id,
    sub: id,
    act: readActor,
    client_id: id,
    jti: bytes16,
    iat: instant,
    exp: instant,
    txn: id,
    scope: id,
    authorization_details: oneDetails,
    approval: terms,
    status: object({ status_list: object({ idx: instant, uri: text(1024) }) }),
    log: object({ origin: id, leaf: digest }),
  },
  { cnf: object({ jkt: bytes32 }) },
)

/**
 * Reads the claims of a token: all required, no others, every one of the right kind, base64url in its one spelling, and
 * terms that agree with their origin. Returns a deeply frozen copy.
 *
 * Throws `token_malformed`. Does not check: signature, issuer, audience, time, digest, consents. SPEC 6.
 */
export function parseClaims(value: JsonValue): ApprovalClaims {
  return refusing('token_malformed', () => {
    const claims = readMembers(value, 'claims')
    insist(claims.authorization_details[0].name === claims.scope, 'scope')
    checkTerms(claims.approval)
    checkStatusUri(claims.status.status_list.uri, claims.iss)
    return claims
  })
}

function checkTerms({ origin, quorum, separation, consents }: ApprovalTerms): void {
  // A policy approves without any consent; a human approval takes at least one.
  insist(origin === 'human' ? quorum > 0 : quorum === 0 && separation && consents.length === 0, 'origin')
  // All approvers were shown the same change, or they did not consent to the same thing.
  insist(
    consents.every(({ preview }) => preview === consents[0]?.preview),
    'preview',
  )
}

/** A verifier fetches this URL, so the token may name no other host, and the issuer's host in one spelling only. */
function checkStatusUri(uri: string, iss: string): void {
  const url = new URL(uri)
  insist(uri.startsWith(`${iss}/`) && url.href === uri && url.origin === iss, 'status')
}

/** True for a token that would be valid after its consent has ended. */
export const outlives = ({ exp }: Pick<ApprovalClaims, 'exp'>, { expires }: Pick<Consent, 'expires'>): boolean =>
  exp > expires

/**
 * Rebuilds the statement that a consent in a token signed. Every check of a consent begins here. Throws `consent_invalid`
 * for a token that outlives the consent. Verifies no signature: `verifyConsent` does. SPEC 5, 7.
 */
export function statementOf(claims: ApprovalClaims, consent: Consent): ConsentStatement {
  const { approval } = claims
  demand(!outlives(claims, consent), 'consent_invalid')
  const [details] = claims.authorization_details
  const { bounds } = details
  // In canonical order, as far as the members are always there: a text without sorting.
  return {
    act: claims.act,
    action: bounds?.digest ?? details.digest,
    approver: consent.approver,
    aud: claims.aud,
    client_id: claims.client_id,
    expires: consent.expires,
    iss: claims.iss,
    nonce: consent.nonce,
    policy: approval.policy,
    preview: consent.preview,
    quorum: approval.quorum,
    request: bounds?.grant ?? approval.request,
    separation: approval.separation,
    state: (bounds ? undefined : details.state) ?? null,
    sub: claims.sub,
    typ: 'countersign/consent/v1',
    uses: bounds?.uses ?? details.uses,
    ...(consent.on_behalf_of && { on_behalf_of: consent.on_behalf_of }),
  }
}
