/**
 * The cryptography and base64url this package uses, all of it the platform's own.
 *
 * `#platform` is `node.ts` (node:crypto, on the calling thread) under Node, Deno and Bun, and `web.ts` (Web Crypto)
 * everywhere else; the package's `imports` choose. No file of this package computes a hash or a signature by itself.
 */

/** A byte array that Web Crypto takes as it is. */
export type Bytes = Uint8Array<ArrayBuffer>

/** A value, or a promise of it where the platform computes on another thread: `await` it either way. */
export type Awaitable<T> = T | Promise<T>

/** Signature algorithms in JOSE names. EdDSA means Ed25519. */
export type KeyAlgorithm = 'ES256' | 'EdDSA' | 'RS256'

/** Checks a signature in JOSE form (ES256 as r‖s) with one public key. False for a signature of another length. */
export type Verify = (signature: Bytes, data: Bytes) => Awaitable<boolean>

/** Signs with one private key, in JOSE form. */
export type Sign = (data: Bytes) => Awaitable<Bytes>

/** The exports of `#platform`. */
export interface Platform {
  /** Base64url without padding. */
  readonly toBase64url: (bytes: Uint8Array) => string
  /** Reads base64url. May skip or misread what is none: write the result again and compare. */
  readonly fromBase64url: (text: string) => Bytes
  /** SHA-256: 32 bytes. */
  readonly sha256: (data: Bytes) => Awaitable<Bytes>
  /** Imports a public key, given by the members that RFC 7638 names. Throws when the numbers are no key. */
  readonly importPublicKey: (jwk: JsonWebKey, alg: KeyAlgorithm) => Awaitable<Verify>
  /** Imports a private key, given by the same members and `d`. Throws when the numbers are no key. */
  readonly importPrivateKey: (jwk: JsonWebKey, alg: KeyAlgorithm) => Awaitable<Sign>
}
