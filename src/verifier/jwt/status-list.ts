/**
 * A signed status list: one small number for each token, in which 0 means valid.
 *
 * Does not fetch and does not judge freshness beyond the list's own times: `status` does both.
 * draft-ietf-oauth-status-list-21, SPEC 9.
 */
import { type Bytes, base64urlDecode, readBytes } from '../data/bytes.ts'
import { id, instant, oneOf, openObject, text } from '../data/shape.ts'
import { insist } from '../errors/refuse.ts'
import { openJws, type ResolveKey } from '../keys/jws.ts'

/** A list whose signature was checked. */
export type StatusList = {
  readonly uri: string
  /** Epoch seconds. */
  readonly issuedAt: number
  /** Epoch seconds: at most 60 after `issuedAt`. */
  readonly expiresAt: number
  readonly bits: 1 | 2 | 4 | 8
  readonly bytes: Uint8Array
}

/** Longest life of a list, in seconds. SPEC 9. */
const MAX_LIFE_SECONDS = 60
/** Most bytes that a list may inflate to: 32 million tokens at one bit. A small list can claim to be endless. */
const MAX_INFLATED_BYTES = 4_194_304

/**
 * Reads a status list token for `uri`: `typ`, signature by a key of the authority, `sub`, life of at most 60 s, `lst`.
 * Throws whatever is at fault; callers map it to `status_stale`.
 */
export async function openStatusList(jwt: string, uri: string, resolveKey: ResolveKey): Promise<StatusList> {
  const payload = await openJws(jwt, 'statuslist+jwt', resolveKey)
  const { sub, iat, exp, status_list: list } = readClaims(payload, 'list')
  insist(sub === uri && exp >= iat && exp <= iat + MAX_LIFE_SECONDS, 'claims')
  const bytes = await inflate(base64urlDecode(list.lst))
  return { uri, issuedAt: iat, expiresAt: exp, bits: list.bits, bytes }
}

/** The status of one token: 0 valid, 1 invalid, 2 suspended. Throws `RangeError` outside the list. */
export function statusAt(list: StatusList, index: number): number {
  const bit = index * list.bits
  const byte = list.bytes[Math.floor(bit / 8)]
  if (byte === undefined) throw new RangeError('the index lies outside the status list')
  return (byte >> (bit % 8)) & (2 ** list.bits - 1)
}

// Unlike a token this is another specification's format: members it may grow are ignored.
const readClaims = openObject({
  sub: id,
  iat: instant,
  exp: instant,
  status_list: openObject({ bits: oneOf(1, 2, 4, 8), lst: text(MAX_INFLATED_BYTES) }),
})

function inflate(compressed: Bytes): Promise<Uint8Array> {
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream('deflate'))
  return readBytes(stream, MAX_INFLATED_BYTES)
}
