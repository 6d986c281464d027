/**
 * Public keys as JSON Web Keys: read, named by their thumbprint, imported for one algorithm.
 *
 * In: parsed JSON.
 * Out: a `PublicJwk`, its RFC 7638 thumbprint, a `CryptoKey`.
 *
 * Decides nothing about whose key it is. RFC 7517, RFC 7638, RFC 8037.
 */
import { canonicalize } from './canonicalize.ts'
import { base64urlEncode, sha256 } from './encoding.ts'
import { isJsonObject } from './json.ts'
import { bytes32, matching, misfit, oneOf, openObject, type Reader } from './shape.ts'

/** A public JWK: P-256, Ed25519 or RSA. */
export type PublicJwk =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }

/** Algorithms of passkeys, in JOSE names. EdDSA means Ed25519. */
export type KeyAlgorithm = 'ES256' | 'EdDSA' | 'RS256'

/** What Web Crypto wants to know of each algorithm, to import a key and to use it. */
export const ALGORITHMS = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
} as const

const ALGORITHM_OF = { EC: 'ES256', OKP: 'EdDSA', RSA: 'RS256' } as const

/** The members that make a key of each type: those of RFC 7638. */
export const KEY_MEMBERS = {
  EC: { kty: oneOf('EC'), crv: oneOf('P-256'), x: bytes32, y: bytes32 },
  OKP: { kty: oneOf('OKP'), crv: oneOf('Ed25519'), x: bytes32 },
  // 2048 bits are 342 characters; 8192 bits bound the work of one check.
  RSA: { kty: oneOf('RSA'), n: matching(/^[\w-]{342,1366}$/), e: matching(/^[\w-]{3,6}$/) },
} as const

const readers = { EC: openObject(KEY_MEMBERS.EC), OKP: openObject(KEY_MEMBERS.OKP), RSA: openObject(KEY_MEMBERS.RSA) }

const readType = oneOf('EC', 'OKP', 'RSA')

/**
 * Reads the members that make a public key, and drops the others. Throws `invalid_request` for other key types, RSA
 * below 2048 bits, and anything that holds a private key.
 */
export const parsePublicJwk: Reader<PublicJwk> = (value, where) => {
  if (!isJsonObject(value) || Object.hasOwn(value, 'd')) throw misfit(where)
  return readers[readType(value['kty'], where)](value, where)
}

/** The one algorithm a key of this type is used with. */
export function algorithmOf(jwk: PublicJwk): KeyAlgorithm {
  return ALGORITHM_OF[jwk.kty]
}

/** RFC 7638 SHA-256 thumbprint of a public key: 43 base64url characters. */
export async function jwkThumbprint(jwk: PublicJwk): Promise<string> {
  // RFC 7638 asks for the required members in lexicographic order without white space: their canonical form.
  return base64urlEncode(await sha256(canonicalize(readers[jwk.kty](jwk, 'jwk'))))
}

/** Imports a public key for its algorithm. Throws what Web Crypto throws when the numbers are no key. */
export function importPublicKey(jwk: PublicJwk): Promise<CryptoKey> {
  return crypto.subtle.importKey('jwk', { ...readers[jwk.kty](jwk, 'jwk') }, ALGORITHMS[algorithmOf(jwk)], false, [
    'verify',
  ])
}

/** Imports a private key to sign with, from the members that make one. Throws what Web Crypto throws. */
export function importSigningKey({ kty, crv, x, y, d }: JsonWebKey, alg: 'ES256' | 'EdDSA'): Promise<CryptoKey> {
  const jwk = { kty, crv, x, d, ...(y !== undefined && { y }) }
  return crypto.subtle.importKey('jwk', jwk as JsonWebKey, ALGORITHMS[alg], false, ['sign'])
}
