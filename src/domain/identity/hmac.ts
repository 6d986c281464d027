/**
 * HMAC with SHA-256, on the calling thread where SHA-256 is: it takes less than to wake a thread of Web Crypto. RFC 2104.
 */
import { sha256 } from '@countersign/verifier'

const BLOCK_BYTES = 64
const encoder = new TextEncoder()

export type Hmac = (text: string) => Promise<Uint8Array>

/** `secret`: 64 bytes at most, else a `RangeError`. */
export function hmacUnder(secret: Uint8Array): Hmac {
  if (secret.length > BLOCK_BYTES) throw new RangeError('A longer secret has to be hashed first')
  const padded = (pad: number) => Uint8Array.from({ length: BLOCK_BYTES }, (_, at) => (secret[at] ?? 0) ^ pad)
  const [inner, outer] = [padded(0x36), padded(0x5c)]
  return async (text) => sha256(joined(outer, await sha256(joined(inner, encoder.encode(text)))))
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

/** Whether two texts are one, in a time that tells nothing of where they differ. */
export function isSameSecret(one: string, other: string): boolean {
  let differences = one.length ^ other.length
  for (let at = 0; at < one.length; at++) differences |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return differences === 0
}
