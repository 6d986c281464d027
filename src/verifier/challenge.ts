/**
 * The transaction challenge: an executor's signed answer to a call that came without a token.
 *
 * In:  the action, whole, with the executor's own preview; or, at the authority, the challenge as relayed.
 * Out: a compact JWS; or what it says.
 *
 * The agent that relays it can neither change nor make one. Whether it is granted is for the policy and people.
 * draft-rosomakho-oauth-txn-challenge-00, STANDARDS 1.
 */
import { SignJWT } from 'jose/jwt/sign'
import { importJWK } from 'jose/key/import'
import { type ActionSpec, parseAction } from './action.ts'
import { readActor } from './claims.ts'
import type { Actor } from './consent.ts'
import { randomBase64url } from './encoding.ts'
import { ApprovalError } from './errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'
import { isSigningAlgorithm, readJws, type SigningAlgorithm, type VerificationKey, verifyJws } from './jws.ts'
import { type Preview, parsePreview } from './preview.ts'
import { array, closedObject, integer, text } from './shape.ts'

/** An executor's private signing key: a JWK with `kid` and `alg`. */
export type ChallengeKey = {
  readonly kty: string
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly [member: string]: unknown
}

/** What a challenge says beside the action. */
export type ChallengeContent = {
  readonly action: ActionSpec
  /** The executor's own preview. */
  readonly preview?: Preview
  /** For the approver, in the executor's words: 1 to 1000 characters. */
  readonly reason: string
  readonly reasonUri?: string
  /** The agent, as the executor knows it. */
  readonly act?: Actor
  /** Default: random. */
  readonly txn?: string
}

/** Longest life of a challenge, in seconds. */
export const MAX_CHALLENGE_LIFE_SECONDS = 300
/** Longest challenge that is looked at: 64 KiB of arguments and of preview, twice encoded. */
export const MAX_CHALLENGE_LENGTH = 196_608

const TYPE = 'txn-authz-challenge+jwt'

/** Signs a challenge from `audience` (the executor) for `issuer` (the authority), valid for 300 s from `now`. */
export async function createChallenge(
  signer: { readonly key: ChallengeKey; readonly audience: string; readonly issuer: string; readonly now: number },
  content: ChallengeContent,
): Promise<string> {
  const { action, preview, reason, reasonUri, act, txn } = content
  const { name, resource, arguments: args, salt } = action
  const details = { type: 'countersign_action', name, resource, arguments: args, salt, ...(preview && { preview }) }
  const issuedAt = Math.floor(signer.now)
  const claims = { authorization_details: [details], reason, txn: txn ?? randomBase64url(16) }
  return await new SignJWT({
    ...claims,
    ...(act && { act }),
    ...(reasonUri !== undefined && { reason_uri: reasonUri }),
  })
    .setProtectedHeader({ alg: signer.key.alg, kid: signer.key.kid, typ: TYPE })
    .setIssuer(signer.audience)
    .setAudience(signer.issuer)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + MAX_CHALLENGE_LIFE_SECONDS)
    .setJti(randomBase64url(16))
    .sign(await importJWK({ ...signer.key }, signer.key.alg))
}

/** A challenge that holds. */
export type Challenge = {
  /** The executor that signed it: the audience of the token to come. */
  readonly iss: string
  readonly jti: string
  readonly txn: string
  /** Epoch seconds. */
  readonly issuedAt: number
  /** Epoch seconds. */
  readonly expiresAt: number
  readonly action: ActionSpec
  readonly preview?: Preview
  readonly reason: string
  readonly reasonUri?: string
  readonly act?: Actor
}

/** What a challenge is checked against. */
export type ChallengeExpectations = {
  /** Finds a key of the executor `iss` by its id. */
  readonly resolveKey: (kid: string, iss: string) => Promise<VerificationKey | undefined>
  /** The authority's issuer. */
  readonly audience: string
  /** The executor, where only one may ask. */
  readonly issuer?: string
  /** Epoch seconds. */
  readonly now: number
  /** Default and most: 5. */
  readonly skewSeconds?: number
}

/**
 * Validates a challenge: `typ`, signature by a key of the executor that it names, `aud`, times (a life of at most 300 s),
 * and the whole action. Unknown claims are ignored, unknown members of the action refused.
 *
 * Throws `invalid_request`. Does not check that it is new (`jti`) nor that the executor is known: `resolveKey` finds no
 * key for a stranger.
 */
export async function parseChallenge(challenge: string, expected: ChallengeExpectations): Promise<Challenge> {
  try {
    const claims = await openChallenge(challenge, expected)
    checkTimes(claims, expected)
    return readChallenge(claims)
  } catch (cause) {
    const message = 'The transaction challenge does not hold. Call the executor again for a new one.'
    throw new ApprovalError('invalid_request', { message, cause })
  }
}

async function openChallenge(challenge: string, expected: ChallengeExpectations): Promise<JsonObject> {
  insist(challenge.length <= MAX_CHALLENGE_LENGTH, 'length')
  const jws = readJws(challenge, ['alg', 'kid', 'typ'])
  const { alg, kid, typ } = jws.header
  insist(typ === TYPE && isSigningAlgorithm(alg) && typeof kid === 'string', 'header')
  const claims = jws.payload
  insist(isJsonObject(claims), 'claims')
  const iss = text(claims['iss'], 'iss', 512)
  insist(expected.issuer === undefined || expected.issuer === iss, 'iss')
  const key = await expected.resolveKey(kid, iss)
  insist(key !== undefined && key.alg === alg && (await verifyJws(jws, key)), 'signature')
  insist(claims['aud'] === expected.audience, 'aud')
  return claims
}

function checkTimes(claims: JsonObject, { now, skewSeconds = 5 }: ChallengeExpectations): void {
  const issuedAt = integer(claims['iat'], 'iat', 0)
  const expiresAt = integer(claims['exp'], 'exp', issuedAt, issuedAt + MAX_CHALLENGE_LIFE_SECONDS)
  insist(issuedAt <= now + skewSeconds && now < expiresAt + skewSeconds, 'time')
}

function readChallenge(claims: JsonObject): Challenge {
  const where = 'authorization_details'
  const [first] = array(claims[where], where, 1, 1)
  const details = closedObject(first, where, ['type', 'name', 'resource', 'arguments', 'salt'], ['preview'])
  const { type, preview, ...action } = details
  insist(type === 'countersign_action', 'type')
  return {
    iss: text(claims['iss'], 'iss', 512),
    jti: text(claims['jti'], 'jti', 256),
    txn: text(claims['txn'], 'txn', 512),
    issuedAt: integer(claims['iat'], 'iat', 0),
    expiresAt: integer(claims['exp'], 'exp', 0),
    action: parseAction(action),
    reason: text(claims['reason'], 'reason', 1000),
    ...(preview === undefined ? {} : { preview: parsePreview(preview) }),
    ...optional(claims['reason_uri'], (value) => ({ reasonUri: text(value, 'reason_uri', 1024) })),
    ...optional(claims['act'], (value) => ({ act: readActor(value) })),
  }
}

function optional<T extends object>(value: JsonValue | undefined, read: (value: JsonValue) => T): T | undefined {
  return value === undefined ? undefined : read(value)
}

function insist(holds: boolean, what: string): asserts holds {
  if (!holds) throw new TypeError(`the challenge does not hold: ${what}`)
}
