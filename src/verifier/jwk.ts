/**
 * Public keys as JSON Web Keys: read, named by their thumbprint, imported for one algorithm.
 *
 * In:  parsed JSON.
 * Out: a `PublicJwk`, its RFC 7638 thumbprint, a `CryptoKey`.
 *
 * Decides nothing about whose key it is. RFC 7517, RFC 7638, RFC 8037.
 */
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { importJWK } from 'jose/key/import'
import { ApprovalError } from './errors.ts'
import { isJsonObject, type JsonValue } from './json.ts'
import { BASE64URL_32, matching } from './shape.ts'

/** A public JWK: P-256, Ed25519 or RSA. */
export type PublicJwk =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }

/** Algorithms of passkeys, in JOSE names. EdDSA means Ed25519. */
export type KeyAlgorithm = 'ES256' | 'EdDSA' | 'RS256'

const ALGORITHM_OF = { EC: 'ES256', OKP: 'EdDSA', RSA: 'RS256' } as const

// 2048 bits are 256 bytes, 342 characters; 8192 bits bound the work of one check.
const MODULUS = /^[\w-]{342,1366}$/
const EXPONENT = /^[\w-]{3,6}$/

/**
 * Reads the members that make a public key, and drops the others. Throws `invalid_request` for other key types, RSA
 * below 2048 bits, and anything that holds a private key.
 */
export function parsePublicJwk(value: JsonValue | undefined): PublicJwk {
  if (!isJsonObject(value)) throw unusable()
  const { kty, crv } = value
  if (Object.hasOwn(value, 'd') || Object.hasOwn(value, 'k')) throw unusable()
  if (kty === 'EC' && crv === 'P-256') {
    return { kty, crv, x: matching(value['x'], 'x', BASE64URL_32), y: matching(value['y'], 'y', BASE64URL_32) }
  }
  if (kty === 'OKP' && crv === 'Ed25519') return { kty, crv, x: matching(value['x'], 'x', BASE64URL_32) }
  if (kty === 'RSA') return { kty, n: matching(value['n'], 'n', MODULUS), e: matching(value['e'], 'e', EXPONENT) }
  throw unusable()
}

/** The one algorithm a key of this type is used with. */
export function algorithmOf(jwk: PublicJwk): KeyAlgorithm {
  return ALGORITHM_OF[jwk.kty]
}

/** RFC 7638 SHA-256 thumbprint of a public key: 43 base64url characters. */
export function jwkThumbprint(jwk: PublicJwk): Promise<string> {
  return calculateJwkThumbprint(publicMembers(jwk))
}

/** Imports a public key for its algorithm. Throws what Web Crypto throws when the numbers are no key. */
export function importPublicKey(jwk: PublicJwk): Promise<CryptoKey> {
  return importJWK(publicMembers(jwk), algorithmOf(jwk))
}

function publicMembers(jwk: PublicJwk) {
  if (jwk.kty === 'EC') return { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }
  if (jwk.kty === 'OKP') return { kty: jwk.kty, crv: jwk.crv, x: jwk.x }
  return { kty: jwk.kty, n: jwk.n, e: jwk.e }
}

function unusable(): ApprovalError {
  return new ApprovalError('invalid_request', { message: 'The JWK is not a public P-256, Ed25519 or RSA key.' })
}
