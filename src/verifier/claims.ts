/**
 * The claims of an approval token, exactly as they stand on the wire.
 *
 * In:  parsed JSON.
 * Out: `ApprovalClaims`, or `token_malformed`.
 *
 * Checks shape and inner agreement only: nothing here knows keys, clocks, or which executor asks. DESIGN 6.
 */
import { ACTION_NAME, MAX_RESOURCE_LENGTH } from './action.ts'
import type { Actor, Consent } from './consent.ts'
import type { Digest } from './encoding.ts'
import { ApprovalError } from './errors.ts'
import type { JsonObject, JsonValue } from './json.ts'
import { parseConsent } from './parse-consent.ts'
import {
  array,
  BASE64URL_16,
  BASE64URL_32,
  boolean,
  closedObject,
  deepFreeze,
  digest,
  integer,
  matching,
  text,
} from './shape.ts'

/** The one entry of `authorization_details` (RFC 9396). */
export type ActionDetails = {
  readonly type: 'countersign_action'
  readonly name: string
  readonly resource: string
  /** `actionDigest` of the whole action for `aud`. */
  readonly digest: Digest
  readonly salt: string
  /** How often the token may be spent: 1 to 1000. */
  readonly uses: number
}

/** How the approval came about. */
export type ApprovalTerms = {
  /** Id of the approval request. */
  readonly request: string
  readonly origin: 'human' | 'policy'
  /** Digest of the policy under which consent was asked. */
  readonly policy: Digest
  /** How many distinct people had to consent: 0 exactly when `origin` is `policy`. */
  readonly quorum: number
  /** False exactly when an approver is the principal or runs the agent or the actor. */
  readonly separation: boolean
  readonly consents: readonly Consent[]
}

/** The claims of an approval token. DESIGN 6. */
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

/** Longest identifier (`iss`, `aud`, `sub`, `txn`, …), in characters. */
const MAX_ID = 512
/** Longest chain of agents in `act`. */
const MAX_ACTORS = 8
const MAX_USES = 1000

/**
 * Reads the claims of a token: all required, no others, every one of the right kind, base64url in its one spelling, and
 * terms that agree with their origin. Returns them deeply frozen.
 *
 * Throws `token_malformed`. Does not check: signature, issuer, audience, time, digest, consents. DESIGN 6.
 */
export function parseClaims(value: JsonValue): ApprovalClaims {
  try {
    return deepFreeze(readClaims(value))
  } catch (cause) {
    throw new ApprovalError('token_malformed', { cause })
  }
}

const REQUIRED = [
  'iss',
  'aud',
  'sub',
  'act',
  'client_id',
  'jti',
  'iat',
  'exp',
  'txn',
  'scope',
  'authorization_details',
  'approval',
  'status',
  'log',
] as const

function readClaims(value: JsonValue): ApprovalClaims {
  const claims = closedObject(value, 'claims', REQUIRED, ['cnf'])
  const iss = text(claims['iss'], 'iss', MAX_ID)
  const details = readDetails(array(claims['authorization_details'], 'authorization_details', 1, 1)[0])
  return {
    iss,
    aud: text(claims['aud'], 'aud', MAX_ID),
    sub: text(claims['sub'], 'sub', MAX_ID),
    act: readActor(claims['act'], MAX_ACTORS),
    client_id: text(claims['client_id'], 'client_id', MAX_ID),
    jti: matching(claims['jti'], 'jti', BASE64URL_16),
    iat: integer(claims['iat'], 'iat', 0),
    exp: integer(claims['exp'], 'exp', 0),
    txn: text(claims['txn'], 'txn', MAX_ID),
    scope: equal(claims['scope'], 'scope', details.name),
    authorization_details: [details],
    approval: readTerms(claims['approval']),
    status: readStatus(claims['status'], iss),
    log: readLog(claims['log']),
    ...(Object.hasOwn(claims, 'cnf') ? { cnf: readConfirmation(claims['cnf']) } : {}),
  }
}

function readDetails(value: JsonValue | undefined): ActionDetails {
  const where = 'authorization_details[0]'
  const details = closedObject(value, where, ['type', 'name', 'resource', 'digest', 'salt', 'uses'])
  return {
    type: equal(details['type'], `${where}.type`, 'countersign_action'),
    name: matching(details['name'], `${where}.name`, ACTION_NAME),
    resource: text(details['resource'], `${where}.resource`, MAX_RESOURCE_LENGTH),
    digest: digest(details['digest'], `${where}.digest`),
    salt: matching(details['salt'], `${where}.salt`, BASE64URL_16),
    uses: integer(details['uses'], `${where}.uses`, 1, MAX_USES),
  }
}

/** Reads `act` (RFC 8693): `sub`, and perhaps the actor before. Throws `invalid_request`. */
export function readActor(value: JsonValue | undefined, levelsLeft = MAX_ACTORS): Actor {
  const actor = closedObject(value, 'act', ['sub'], levelsLeft > 1 ? ['act'] : [])
  const sub = text(actor['sub'], 'act.sub', MAX_ID)
  return Object.hasOwn(actor, 'act') ? { sub, act: readActor(actor['act'], levelsLeft - 1) } : { sub }
}

function readTerms(value: JsonValue | undefined): ApprovalTerms {
  const where = 'approval'
  const terms = closedObject(value, where, ['request', 'origin', 'policy', 'quorum', 'separation', 'consents'])
  const origin = readOrigin(terms['origin'])
  const separation = boolean(terms['separation'], 'approval.separation')
  if (origin === 'policy' && !separation) throw new TypeError('approval.separation is false without approvers')
  return {
    request: text(terms['request'], 'approval.request', MAX_ID),
    origin,
    policy: digest(terms['policy'], 'approval.policy'),
    // A policy approves with nobody's consent, a human approval takes at least one.
    quorum: origin === 'policy' ? integer(terms['quorum'], 'quorum', 0, 0) : integer(terms['quorum'], 'quorum', 1, 8),
    separation,
    consents: readConsents(terms, origin === 'policy' ? 0 : MAX_CONSENTS),
  }
}

/** Most consents one token holds. */
const MAX_CONSENTS = 8

function readOrigin(value: JsonValue | undefined): 'human' | 'policy' {
  if (value !== 'human' && value !== 'policy') throw new TypeError('approval.origin must be human or policy')
  return value
}

function readConsents(terms: JsonObject, max: number): readonly Consent[] {
  const consents = array(terms['consents'], 'approval.consents', 0, max).map(parseConsent)
  // Everybody was shown the same change, or they did not consent to the same thing.
  if (consents.some((consent) => consent.preview !== consents[0]?.preview)) {
    throw new TypeError('approval.consents differ in their preview')
  }
  return consents
}

function readStatus(value: JsonValue | undefined, iss: string): ApprovalClaims['status'] {
  const status = closedObject(value, 'status', ['status_list'])
  const list = closedObject(status['status_list'], 'status.status_list', ['idx', 'uri'])
  const uri = text(list['uri'], 'status.status_list.uri', 1024)
  // A verifier fetches this address, so the token may name no other host and no second spelling of one.
  if (!uri.startsWith(`${iss}/`) || new URL(uri).href !== uri || new URL(uri).origin !== iss) {
    throw new TypeError('status.status_list.uri does not lie under iss')
  }
  return { status_list: { idx: integer(list['idx'], 'status.status_list.idx', 0), uri } }
}

function readLog(value: JsonValue | undefined): ApprovalClaims['log'] {
  const log = closedObject(value, 'log', ['origin', 'leaf'])
  return { origin: text(log['origin'], 'log.origin', MAX_ID), leaf: digest(log['leaf'], 'log.leaf') }
}

function readConfirmation(value: JsonValue | undefined): { readonly jkt: string } {
  return { jkt: matching(closedObject(value, 'cnf', ['jkt'])['jkt'], 'cnf.jkt', BASE64URL_32) }
}

function equal<T extends string>(value: JsonValue | undefined, where: string, expected: T): T {
  if (value !== expected) throw new TypeError(`${where} must be ${expected}`)
  return expected
}
