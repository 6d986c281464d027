/**
 * ECDSA signatures: from the ASN.1 DER of authenticators to the r‖s of Web Crypto.
 *
 * Reads the one DER spelling of two positive 256-bit integers and nothing else. ITU-T X.690 section 8.3 and 10.1; RFC
 * 3279 section 2.2.3.
 */
import type { Bytes } from '../data/bytes.ts'

const SEQUENCE = 0x30
const INTEGER = 0x02

/** Converts a P-256 signature, strictly. */
export function rawSignature(der: Uint8Array): Bytes | undefined {
  // Two integers of at most 33 bytes: every length fits the short form, and only that is DER.
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2) return undefined
  const afterR = 4 + (der[3] ?? 0)
  const r = positiveInteger(der.subarray(2, afterR))
  const s = positiveInteger(der.subarray(afterR))
  if (r === undefined || s === undefined) return undefined
  const raw = new Uint8Array(64)
  raw.set(r, 32 - r.length)
  raw.set(s, 64 - s.length)
  return raw
}

/** The magnitude of a whole DER INTEGER, without its sign byte. */
function positiveInteger(der: Uint8Array): Uint8Array | undefined {
  if (der[0] !== INTEGER || der[1] !== der.length - 2 || der.length < 3) return undefined
  const digits = der.subarray(2)
  const [first = 0, second = 0] = digits
  const negative = first > 0x7f
  const padded = digits.length > 1 && first === 0
  if (negative || (padded && second < 0x80)) return undefined
  const magnitude = padded ? digits.subarray(1) : digits
  return magnitude.length > 32 ? undefined : magnitude
}
