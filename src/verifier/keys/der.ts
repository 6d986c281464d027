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
  const raw = new Uint8Array(64)
  const afterR = copyInteger(der, 2, raw.length / 2, raw)
  const afterS = copyInteger(der, afterR, raw.length, raw)
  return afterS === der.length ? raw : undefined
}

/**
 * Copies the magnitude of the positive INTEGER that begins at `at`, so that it ends before `end` of `raw`. Returns where
 * it ends in `der`, NaN where there is none: nothing begins or ends there.
 */
function copyInteger(der: Uint8Array, at: number, end: number, raw: Uint8Array): number {
  const length = der[at + 1] ?? 0
  const after = at + 2 + length
  if (der[at] !== INTEGER || length < 1 || after > der.length) return Number.NaN
  const first = der[at + 2] ?? 0
  const isPadded = length > 1 && first === 0
  const digits = isPadded ? length - 1 : length
  const isShortest = !isPadded || (der[at + 3] ?? 0) > 0x7f
  if (first > 0x7f || !isShortest || digits > 32) return Number.NaN
  for (let digit = 1; digit <= digits; digit++) raw[end - digit] = der[after - digit] ?? 0
  return after
}
