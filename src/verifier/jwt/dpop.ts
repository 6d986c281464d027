/**
 * Makes and checks a DPoP proof: the sender of a token holds the key it is bound to.
 *
 * Covers neither body nor query: the action digest does. Demands no server nonce. RFC 9449.
 */
import { base64urlEncode, randomBase64url } from '../data/bytes.ts'
import { sha256 } from '../data/digest.ts'
import { isJsonObject } from '../data/json.ts'
import { bytes32, id, instant, openObject, text } from '../data/shape.ts'
import { insist, refusingAsync } from '../errors/refuse.ts'
import { algorithmOf, importPublicKey, importSigningKey, jwkThumbprint, parsePublicJwk } from '../keys/jwk.ts'
import { type CompactJws, isSigningAlgorithm, readJws, signJws } from '../keys/jws.ts'

/** The expectations that a proof is checked against. */
export type DpopExpectations = {
  /** HTTP method of the request, as sent. */
  readonly method: string
  /** URL of the request, from configuration, never from a `Host` header. Query and fragment are not compared. */
  readonly url: string
  /** Epoch seconds. */
  readonly now: number
  /** The token that is bound. Leave out only where no token is presented yet, as when one is collected. */
  readonly token?: string
  /** Thumbprint of the key it is bound to (`cnf.jkt`). Without it, any key will do. */
  readonly jkt?: string
  /** The header the token travelled in. `approval-token` asks for `oth` in the proof. Default `authorization`. */
  readonly carriedIn?: 'authorization' | 'approval-token' | undefined
  /** Seconds by which the proof may lie in the future. Default and maximum: 5. */
  readonly skewSeconds?: number
  /** Maximum age of the proof in seconds. Default 60. */
  readonly maxAgeSeconds?: number
}

/** A verified proof. */
export type DpopProof = {
  /** RFC 7638 thumbprint of the key that made it. */
  readonly jkt: string
  /** Its id: remember it until `expiresAt`, and take no proof twice. */
  readonly jti: string
  /** Epoch seconds after which it would be refused as too old. */
  readonly expiresAt: number
}

/** The request that a proof is made for. */
export type DpopTarget = Pick<DpopExpectations, 'method' | 'url' | 'token' | 'carriedIn'>

/**
 * Makes a proof for one request by a private key: a JWK of P-256 or Ed25519. `now`: epoch seconds. Query and fragment of
 * `url` are left out. Throws `TypeError` for a key of another kind, `invalid_request` for one that is malformed.
 */
export async function createDpop(
  { kty, crv, x, y, d }: JsonWebKey,
  { method, url, token, carriedIn }: DpopTarget,
  now: number,
): Promise<string> {
  insist(d !== undefined && (kty === 'EC' || kty === 'OKP'), 'a private key of P-256 or Ed25519')
  const jwk = parsePublicJwk({ kty, crv, x, y }, 'key')
  const alg = kty === 'EC' ? 'ES256' : 'EdDSA'
  const hash = token && base64urlEncode(await sha256(token))
  const bound = carriedIn === 'approval-token' ? { oth: hash && { 'approval-token': hash } } : { ath: hash }
  const [htu] = url.split(/[?#]/)
  const claims = { htm: method, htu, jti: randomBase64url(16), iat: Math.floor(now), ...bound }
  return signJws({ alg, typ: 'dpop+jwt', jwk }, claims, await importSigningKey({ ...jwk, d }, alg))
}

const MAX_PROOF_LENGTH = 4096

/**
 * Checks one proof: `typ`, algorithm, signature by the key inside, that key's thumbprint, `htm`, `htu`, `iat`, and the
 * hash of the token (`ath`, or `oth` for `Approval-Token`). Throws `proof_of_possession`.
 *
 * Does not remember `jti`: callers do, or a proof can be sent twice within its minute.
 */
export function verifyDpop(proof: string, expected: DpopExpectations): Promise<DpopProof> {
  return refusingAsync('proof_of_possession', async () => {
    insist(proof.length <= MAX_PROOF_LENGTH, 'length')
    const jws = readJws(proof, ['alg', 'jwk', 'typ'])
    const claims = readClaims(jws.payload(), 'proof')
    const jkt = await verifyEmbeddedKey(jws)
    insist(expected.jkt === undefined || expected.jkt === jkt, 'jkt')
    insist(claims.htm === expected.method && isSameResource(claims.htu, expected.url), 'request')
    const { now, skewSeconds = 5, maxAgeSeconds = 60 } = expected
    const expiresAt = claims.iat + maxAgeSeconds
    insist(claims.iat <= now + skewSeconds && now <= expiresAt, 'iat')
    await checkTokenHash(claims, expected)
    return { jkt, jti: claims.jti, expiresAt }
  })
}

const readClaims = openObject(
  { jti: text(256), htm: id, htu: text(2048), iat: instant },
  { ath: bytes32, oth: openObject({}, { 'approval-token': bytes32 }) },
)

async function verifyEmbeddedKey(jws: CompactJws): Promise<string> {
  const { typ, alg, jwk } = jws.header
  // RFC 9864 gave EdDSA over Ed25519 a name of its own, which newer clients send.
  const named = alg === 'Ed25519' ? 'EdDSA' : alg
  const publicJwk = parsePublicJwk(isJsonObject(jwk) && jwk['alg'] === alg ? { ...jwk, alg: named } : jwk, 'jwk')
  insist(typ === 'dpop+jwt' && isSigningAlgorithm(named) && named === algorithmOf(publicJwk), 'header')
  const verify = await importPublicKey(publicJwk)
  insist(await verify(jws.signature, jws.signingInput), 'signature')
  return await jwkThumbprint(publicJwk)
}

const isSameResource = (htu: string, requested: string): boolean =>
  !/[?#]/.test(htu) && normalized(htu) === normalized(requested)

/** Scheme, host, port and path by RFC 3986 section 6.2.2 and 6.2.3, as RFC 9449 section 4.3 asks. */
function normalized(url: string): string {
  const { origin, pathname } = new URL(url)
  return (
    origin +
    pathname.replace(/%[\da-f]{2}/gi, (escaped) => {
      const character = String.fromCharCode(Number(`0x${escaped.slice(1)}`))
      return /[\w.~-]/.test(character) ? character : escaped.toUpperCase()
    })
  )
}

async function checkTokenHash(
  { ath, oth }: ReturnType<typeof readClaims>,
  { token, carriedIn }: DpopExpectations,
): Promise<void> {
  if (token === undefined) return
  // In Approval-Token `ath` speaks of the other token, the one in Authorization.
  const hash = carriedIn === 'approval-token' ? oth?.['approval-token'] : ath
  insist(hash === base64urlEncode(await sha256(token)), 'token')
}
