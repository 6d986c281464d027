/**
 * Bytes as text: base64url and UTF-8, each in the only spelling that any part of Countersign writes or accepts.
 *
 * In: bytes, text.
 * Out: text, bytes; an error for every other spelling.
 *
 * RFC 4648 section 5 without padding; SPEC 6.
 */
import { ApprovalError } from '../errors/approval-error.ts'
import type { Bytes } from '../platform/platform.ts'

export type { Bytes }

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const INVALID = -1
const VALUES = new Int8Array(256).fill(INVALID)
for (let index = 0; index < ALPHABET.length; index++) VALUES[ALPHABET.charCodeAt(index)] = index

const utf8 = new TextEncoder()
// Without ignoreBOM a leading U+FEFF would be dropped, and bytes that differ would read the same.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Writes bytes as base64url without padding. */
export function base64urlEncode(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/**
 * Reads base64url. Throws `invalid_request` on padding, white space, the `+/` alphabet, impossible lengths and unused
 * bits that are not zero, so that bytes have exactly one text.
 */
export function base64urlDecode(text: string): Bytes {
  return base64urlDecodeAscii(utf8.encode(text))
}

/** As `base64urlDecode`, for text that is bytes already. Bytes beyond ASCII are not in the alphabet. */
export function base64urlDecodeAscii(ascii: Uint8Array): Bytes {
  const bytes = new Uint8Array((ascii.length * 3) >> 2)
  let buffer = 0
  let bits = 0
  let written = 0
  let invalid = 0
  for (let index = 0; index < ascii.length; index++) {
    const value = VALUES[ascii[index] ?? 0] ?? INVALID
    // INVALID is negative: it sets the sign, and nothing clears it.
    invalid |= value
    buffer = (buffer << 6) | value
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[written++] = buffer >> bits
    }
  }
  if (invalid < 0 || bits > 4 || (buffer & ((1 << bits) - 1)) !== 0) throw notBase64url()
  return bytes
}

/** Encodes text as UTF-8. Lone surrogates become U+FFFD: refuse them before (`canonicalize` and `parseJson` do). */
export function encodeUtf8(text: string): Bytes {
  return utf8.encode(text)
}

/** Decodes UTF-8. Throws `TypeError` on anything that is not; keeps a byte order mark, which JSON then refuses. */
export function decodeUtf8(bytes: Uint8Array): string {
  return strictUtf8.decode(bytes)
}

/** Fresh random bytes as base64url. `random` fills the array it is given; default: the platform's secure source. */
export function randomBase64url(
  byteCount: number,
  random: (bytes: Bytes) => Uint8Array = (bytes) => crypto.getRandomValues(bytes),
): string {
  return base64urlEncode(random(new Uint8Array(byteCount)))
}

function notBase64url(): ApprovalError {
  return new ApprovalError('invalid_request', { message: 'Send base64url without padding.' })
}
