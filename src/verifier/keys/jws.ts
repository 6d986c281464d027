/**
 * Compact JWS, read strictly: three segments, one spelling, no header member that is not understood.
 *
 * Chooses no key and no algorithm by itself, and interprets no claim. RFC 7515, RFC 8725.
 */
import { type Bytes, base64urlDecode, base64urlEncode, decodeUtf8, encodeUtf8 } from '../data/bytes.ts'
import { isJsonObject, type JsonObject, parseJson } from '../data/json.ts'
import { misfit } from '../data/shape.ts'
import { insist } from '../errors/refuse.ts'
import type { Awaitable, Sign, Verify } from '../platform/platform.ts'
import { algorithmOf, importPublicKey, parsePublicJwk } from './jwk.ts'

/** Signature algorithms of tokens, status lists, challenges and proofs. EdDSA means Ed25519. */
export type SigningAlgorithm = 'ES256' | 'EdDSA'

/** A public key with the only algorithm it may be used with. `importVerificationKey` makes one. */
export type VerificationKey = {
  readonly alg: SigningAlgorithm
  /** Checks a signature in JOSE form (ES256 as r‖s). */
  readonly verify: Verify
}

/** Finds a key by its RFC 7638 thumbprint; undefined when there is none. */
export type ResolveKey = (kid: string) => Awaitable<VerificationKey | undefined>

/** Imports a public JWK (P-256 or Ed25519) for its one algorithm. Throws `invalid_request` where `parsePublicJwk` does. */
export async function importVerificationKey(value: unknown): Promise<VerificationKey> {
  const jwk = parsePublicJwk(value, 'jwk')
  const alg = algorithmOf(jwk)
  if (!isSigningAlgorithm(alg)) throw misfit('alg')
  return { alg, verify: await importPublicKey(jwk) }
}

/** A JWS taken apart. Nothing in it is proven yet. */
export type CompactJws = {
  readonly header: JsonObject
  /** Reads the payload: strict JSON, an object. Throws as `readJws` does. */
  readonly payload: () => JsonObject
  /** The bytes that were signed: the first two segments and the dot between them. */
  readonly signingInput: Bytes
  readonly signature: Bytes
}

/**
 * Takes a compact JWS apart. `crit`, members outside `headerMembers` and doubled members are refused.
 * Throws `invalid_request` or `TypeError`; callers map both to their own code.
 */
export function readJws(jws: string, headerMembers: readonly string[]): CompactJws {
  const first = jws.indexOf('.')
  const second = jws.indexOf('.', first + 1)
  // A third dot would lie in the signature, where the decoder finds it.
  insist(first > 0 && second > 0, 'segments')
  const header = readHeader(jws.slice(0, first))
  insist(
    Object.keys(header).every((name) => headerMembers.includes(name)),
    'header',
  )
  return {
    header,
    payload: () => readSegment(jws.slice(first + 1, second)),
    signingInput: encodeUtf8(jws.slice(0, second)),
    signature: base64urlDecode(jws.slice(second + 1)),
  }
}

// All tokens under one key have the same header.
let lastHeader: { readonly segment: string; readonly header: JsonObject } | undefined

function readHeader(segment: string): JsonObject {
  if (lastHeader?.segment !== segment) lastHeader = { segment, header: readSegment(segment) }
  return lastHeader.header
}

function readSegment(segment: string): JsonObject {
  const value = parseJson(decodeUtf8(base64urlDecode(segment)))
  insist(isJsonObject(value), 'object')
  return value
}

export const HEADER_MEMBERS = ['alg', 'kid', 'typ'] as const

/**
 * Opens a JWS of one type: header, key, signature, in this order, and gives back the payload. `resolveKey` sees the
 * payload before it is proven, for issuers that have keys of their own. Throws whatever is at fault.
 */
export async function openJws(
  text: string,
  type: string,
  resolveKey: (kid: string, unproven: JsonObject) => Awaitable<VerificationKey | undefined>,
): Promise<JsonObject> {
  const jws = readJws(text, HEADER_MEMBERS)
  const { alg, kid, typ } = jws.header
  insist(typ === type && typeof kid === 'string', 'header')
  const payload = jws.payload()
  const key = await resolveKey(kid, payload)
  insist(key !== undefined && key.alg === alg && (await key.verify(jws.signature, jws.signingInput)), 'signature')
  return payload
}

/** Tells an algorithm this package signs and verifies with from `none`, HMAC and the rest. */
export function isSigningAlgorithm(value: unknown): value is SigningAlgorithm {
  return value === 'ES256' || value === 'EdDSA'
}

/** Signs a compact JWS. Members that are undefined are left out. */
export async function signJws(header: object, payload: object, sign: Sign): Promise<string> {
  const input = [header, payload].map((part) => base64urlEncode(encodeUtf8(JSON.stringify(part)))).join('.')
  return `${input}.${base64urlEncode(await sign(encodeUtf8(input)))}`
}
