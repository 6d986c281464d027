/**
 * `#platform` under Node, Deno and Bun: node:crypto, on the calling thread.
 *
 * Waking a thread of Web Crypto takes longer than hashing a few kilobytes or checking a signature.
 */
import { Buffer } from 'node:buffer'
import * as crypto from 'node:crypto'
import type { KeyAlgorithm, Platform } from './platform.ts'

/** Ed25519 names its own hash. */
const HASH = { ES256: 'sha256', EdDSA: null, RS256: 'sha256' } as const satisfies Record<KeyAlgorithm, string | null>

/** ECDSA in the form of JOSE: r‖s. */
const dsaEncoding = 'ieee-p1363'

export const toBase64url: Platform['toBase64url'] = ({ buffer, byteOffset, length }) =>
  Buffer.from(buffer, byteOffset, length).toString('base64url')

// A copy, since a Buffer may be a view of memory that others write to.
export const fromBase64url: Platform['fromBase64url'] = (text) => new Uint8Array(Buffer.from(text, 'base64url'))

const { createHash, createPrivateKey, createPublicKey, hash, sign, verify } = crypto

// In one call, which Node has and others may not: no object to collect for each hash, and text costs less than a Buffer.
export const sha256: Platform['sha256'] = (data) =>
  new Uint8Array(
    hash ? Buffer.from(hash('sha256', data, 'binary'), 'binary') : createHash('sha256').update(data).digest(),
  )

export const importPublicKey: Platform['importPublicKey'] = (jwk, alg) => {
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding } as const
  return (signature, data) => verify(HASH[alg], data, key, signature)
}

export const importPrivateKey: Platform['importPrivateKey'] = (jwk, alg) => {
  const key = { key: createPrivateKey({ key: jwk, format: 'jwk' }), dsaEncoding } as const
  return (data) => new Uint8Array(sign(HASH[alg], data, key))
}
