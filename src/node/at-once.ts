/**
 * Hashes and signatures without leaving the thread.
 *
 * In: bytes, keys of Web Crypto. Out: what Web Crypto gives, at once: waking one of its threads takes longer than hashing
 * a node, making a signature or checking one. FIPS 180-4; RFC 7518 section 3.4, RFC 8037.
 */
import { createHash, KeyObject, sign, verify } from 'node:crypto'
import type { HashNode } from '../domain/ledger/tile-tree.ts'
import type { SignaturesAtOnce, SigningAlgorithm } from '../domain/token/signing-keys.ts'

const NODE_PREFIX = Uint8Array.of(1)

export const hashNode: HashNode = (left, right) =>
  createHash('sha256').update(NODE_PREFIX).update(left).update(right).digest()

/** Ed25519 names its own hash. */
const HASH = { ES256: 'sha256', EdDSA: null } as const satisfies Record<SigningAlgorithm, string | null>

/** ECDSA in the form of JOSE, r‖s. */
const inJoseForm = (key: CryptoKey) => ({ key: KeyObject.from(key), dsaEncoding: 'ieee-p1363' }) as const

export const signaturesAtOnce: SignaturesAtOnce = {
  sign: (key, alg, data) => sign(HASH[alg], data, inJoseForm(key)),
  verify: (key, alg, signature, data) => verify(HASH[alg], data, inJoseForm(key), signature),
}
