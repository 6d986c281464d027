/**
 * A COSE public key as a JWK: P-256, Ed25519 and RSA, each with the one algorithm it is used with. Throws for
 * everything else. The import checks that the numbers are a key. RFC 9053; WebAuthn Level 3 section 5.8.5.
 */
import { base64urlEncode, type KeyAlgorithm, type PublicJwk } from '@countersign/verifier'
import { cose, decodeCredentialPublicKey } from '@simplewebauthn/server/helpers'

interface UsableKey {
  readonly jwk: PublicJwk
  readonly alg: KeyAlgorithm
}

export function jwkOfCose(publicKey: Uint8Array): UsableKey {
  const key = decodeCredentialPublicKey(Uint8Array.from(publicKey))
  const { x, y, n, e, crv } = cose.COSEKEYS
  const alg: unknown = key.get(cose.COSEKEYS.alg)
  if (cose.isCOSEPublicKeyEC2(key) && key.get(crv) === cose.COSECRV.P256 && alg === cose.COSEALG.ES256) {
    return { jwk: { kty: 'EC', crv: 'P-256', x: textOf(key.get(x)), y: textOf(key.get(y)) }, alg: 'ES256' }
  }
  if (cose.isCOSEPublicKeyOKP(key) && key.get(crv) === cose.COSECRV.ED25519 && alg === cose.COSEALG.EdDSA) {
    return { jwk: { kty: 'OKP', crv: 'Ed25519', x: textOf(key.get(x)) }, alg: 'EdDSA' }
  }
  if (cose.isCOSEPublicKeyRSA(key) && alg === cose.COSEALG.RS256) {
    return { jwk: { kty: 'RSA', n: textOf(key.get(n)), e: textOf(key.get(e)) }, alg: 'RS256' }
  }
  throw new TypeError(
    `no key of a kind that was asked for: kty ${nameOf(key.get(cose.COSEKEYS.kty))}, alg ${nameOf(alg)}`,
  )
}

/** Numbers are byte strings: a compressed point has a boolean in place of one. */
function textOf(bytes: unknown): string {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('a number of the key is no byte string')
  return base64urlEncode(Uint8Array.from(bytes))
}

const nameOf = (value: unknown): string => (typeof value === 'number' || typeof value === 'string' ? `${value}` : '?')
