/**
 * Checks a DPoP proof: that whoever sends a token holds the key it is bound to.
 *
 * In:  the `DPoP` header, the request it came with, the token and its `cnf.jkt`.
 * Out: the thumbprint and id of the proof, or `proof_of_possession`.
 *
 * Covers neither body nor query: the action digest does. Demands no server nonce. RFC 9449, STANDARDS 2.
 */
import { base64urlEncode, sha256 } from './encoding.ts'
import { ApprovalError } from './errors.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { algorithmOf, importPublicKey, jwkThumbprint, parsePublicJwk } from './jwk.ts'
import { type CompactJws, isSigningAlgorithm, readJws, verifyJws } from './jws.ts'
import { integer, text } from './shape.ts'

/** What a proof is checked against. */
export type DpopExpectations = {
  /** HTTP method of the request, as sent. */
  readonly method: string
  /** URL of the request, as the client addressed it. Query and fragment are not compared. */
  readonly url: string
  /** Epoch seconds. */
  readonly now: number
  /** The token that is bound. Leave out only where no token is presented yet, as when one is collected. */
  readonly token?: string
  /** Thumbprint of the key it is bound to (`cnf.jkt`). Without it, any key will do. */
  readonly jkt?: string
  /** The header the token travelled in. `approval-token` asks for `oth` in the proof. Default `authorization`. */
  readonly carriedIn?: 'authorization' | 'approval-token'
  /** How far the proof may lie in the future. Default and most: 5. */
  readonly skewSeconds?: number
  /** How old the proof may be. Default 60. */
  readonly maxAgeSeconds?: number
}

/** A proof that holds. */
export type DpopProof = {
  /** RFC 7638 thumbprint of the key that made it. */
  readonly jkt: string
  /** Its id: remember it until `expiresAt`, and take no proof twice. */
  readonly jti: string
  /** Epoch seconds after which it would be refused as too old. */
  readonly expiresAt: number
}

/** Longest proof that is looked at, in characters. */
const MAX_PROOF_LENGTH = 4096

/**
 * Checks one proof: `typ`, algorithm, signature by the key inside, that key's thumbprint, `htm`, `htu`, `iat`, and the
 * hash of the token (`ath`, or `oth` for `Approval-Token`). Throws `proof_of_possession`.
 *
 * Does not remember `jti`: callers do, or a proof can be sent twice within its minute.
 */
export async function verifyDpop(proof: string, expected: DpopExpectations): Promise<DpopProof> {
  try {
    return await checkProof(proof, expected)
  } catch (cause) {
    throw new ApprovalError('proof_of_possession', { cause })
  }
}

async function checkProof(proof: string, expected: DpopExpectations): Promise<DpopProof> {
  insist(proof.length <= MAX_PROOF_LENGTH, 'length')
  const jws = readJws(proof, ['alg', 'jwk', 'typ'])
  const claims = jws.payload
  insist(isJsonObject(claims), 'claims')
  const jkt = await verifyEmbeddedKey(jws)
  insist(expected.jkt === undefined || expected.jkt === jkt, 'jkt')
  insist(claims['htm'] === expected.method, 'htm')
  insist(sameResource(text(claims['htu'], 'htu', 2048), expected.url), 'htu')
  const expiresAt = checkTime(claims, expected)
  await checkTokenHash(claims, expected)
  return { jkt, jti: text(claims['jti'], 'jti', 256), expiresAt }
}

async function verifyEmbeddedKey(jws: CompactJws): Promise<string> {
  const { typ, alg, jwk } = jws.header
  insist(typ === 'dpop+jwt', 'typ')
  const publicJwk = parsePublicJwk(jwk)
  // RFC 9864 gave EdDSA over Ed25519 a name of its own, which newer clients send.
  const named = alg === 'Ed25519' ? 'EdDSA' : alg
  insist(isSigningAlgorithm(named) && named === algorithmOf(publicJwk), 'alg')
  insist(await verifyJws(jws, { alg: named, key: await importPublicKey(publicJwk) }), 'signature')
  return await jwkThumbprint(publicJwk)
}

function sameResource(htu: string, requested: string): boolean {
  const named = new URL(htu)
  const url = new URL(requested)
  return named.search === '' && named.hash === '' && named.origin === url.origin && named.pathname === url.pathname
}

function checkTime(claims: JsonObject, { now, skewSeconds = 5, maxAgeSeconds = 60 }: DpopExpectations): number {
  const issuedAt = integer(claims['iat'], 'iat', 0)
  insist(issuedAt <= now + skewSeconds && now <= issuedAt + maxAgeSeconds, 'iat')
  return issuedAt + maxAgeSeconds
}

async function checkTokenHash(claims: JsonObject, { token, carriedIn }: DpopExpectations): Promise<void> {
  if (token === undefined) return
  const hash = base64urlEncode(await sha256(token))
  if (carriedIn !== 'approval-token') return insist(claims['ath'] === hash, 'ath')
  // `ath` then speaks of the other token, the one in Authorization.
  const others = claims['oth']
  insist(isJsonObject(others) && others['approval-token'] === hash, 'oth')
}

function insist(holds: boolean, what: string): asserts holds {
  if (!holds) throw new TypeError(`the proof does not hold: ${what}`)
}
