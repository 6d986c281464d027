/**
 * Public keys as JSON Web Keys: read, named by their thumbprint, imported for one algorithm.
 *
 * Decides nothing about whose key it is. RFC 7517, RFC 7638, RFC 8037.
 */
import * as platform from '#platform'
import { base64urlEncode } from '../data/bytes.ts'
import { canonicalize } from '../data/canonicalize.ts'
import { hash } from '../data/digest.ts'
import { isJsonObject, type JsonObject } from '../data/json.ts'
import { bytes32, matching, misfit, oneOf, openObject, type Reader } from '../data/shape.ts'
import type { Awaitable, KeyAlgorithm, Sign, Verify } from '../platform/platform.ts'

export type { KeyAlgorithm, Verify }

/** A public JWK: P-256, Ed25519 or RSA. */
export type PublicJwk =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }

const ALGORITHM_OF = { EC: 'ES256', OKP: 'EdDSA', RSA: 'RS256' } as const

/** The members that make a key of each type: those of RFC 7638. */
export const KEY_MEMBERS = {
  EC: { kty: oneOf('EC'), crv: oneOf('P-256'), x: bytes32, y: bytes32 },
  OKP: { kty: oneOf('OKP'), crv: oneOf('Ed25519'), x: bytes32 },
  // 2048 bits are 342 characters; 8192 bits bound the work of one check. Numbers have no leading zero byte (RFC 7518
  // section 6.3.1): one key has one thumbprint, and no exponent below 256 passes for a longer one.
  RSA: { kty: oneOf('RSA'), n: matching(/^(?!A[A-P])[\w-]{342,1366}$/), e: matching(/^(?!A[A-P])[\w-]{3,6}$/) },
} as const

const readers = { EC: openObject(KEY_MEMBERS.EC), OKP: openObject(KEY_MEMBERS.OKP), RSA: openObject(KEY_MEMBERS.RSA) }

const readType = oneOf('EC', 'OKP', 'RSA')

/**
 * Reads the members that make a public key, and drops the others. Throws `invalid_request` for other key types, RSA
 * below 2048 bits, anything that holds a private key, and a key whose `use`, `key_ops` or `alg` does not allow
 * verification with `algorithmOf` it.
 */
export const parsePublicJwk: Reader<PublicJwk> = (value, where) => {
  if (!isJsonObject(value) || Object.hasOwn(value, 'd') || !mayVerify(value)) throw misfit(where)
  return readers[readType(value['kty'], where)](value, where)
}

/** RFC 7517 sections 4.2 to 4.4. To check signatures is all that a public key of these types can do. */
function mayVerify({ use, key_ops: operations, alg, kty }: JsonObject): boolean {
  const expected = Object.entries(ALGORITHM_OF).find(([type]) => type === kty)?.[1]
  const isOnlyVerify = Array.isArray(operations) && operations.length === 1 && operations[0] === 'verify'
  return (
    (use === undefined || use === 'sig') &&
    (operations === undefined || isOnlyVerify) &&
    (alg === undefined || alg === expected)
  )
}

/** The one algorithm a key of this type is used with. */
export function algorithmOf(jwk: PublicJwk): KeyAlgorithm {
  return ALGORITHM_OF[jwk.kty]
}

/** RFC 7638 SHA-256 thumbprint of a public key: 43 base64url characters. */
export async function jwkThumbprint(jwk: PublicJwk): Promise<string> {
  // RFC 7638 asks for the required members in lexicographic order without white space: their canonical form.
  return base64urlEncode(await hash(canonicalize(membersOf(jwk))))
}

/** Imports a public key for its algorithm. Throws what the platform throws when the numbers are no key. */
export function importPublicKey(jwk: PublicJwk): Awaitable<Verify> {
  return platform.importPublicKey({ ...membersOf(jwk) }, algorithmOf(jwk))
}

/** Imports a private key to sign with, from the members that make one. Throws what the platform throws. */
export function importSigningKey({ kty, crv, x, y, d }: JsonWebKey, alg: 'ES256' | 'EdDSA'): Awaitable<Sign> {
  const jwk = { kty, crv, x, d, ...(y !== undefined && { y }) }
  return platform.importPrivateKey(jwk as JsonWebKey, alg)
}

function membersOf(jwk: PublicJwk): PublicJwk {
  return readers[jwk.kty](jwk, 'jwk')
}
