/**
 * Bytes as text: base64url and UTF-8, each in the only spelling that any part of Countersign writes or accepts. RFC
 * 4648 section 5 without padding; SPEC 6.
 */
import * as platform from '#platform'
import { ApprovalError } from '../errors/approval-error.ts'
import type { Bytes } from '../platform/platform.ts'

export type { Bytes }

const utf8 = new TextEncoder()
// Without ignoreBOM a leading U+FEFF would be dropped, and bytes that differ would read the same.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Writes bytes as base64url without padding. */
export function base64urlEncode(bytes: Uint8Array): string {
  return platform.toBase64url(bytes)
}

/**
 * Reads base64url. Throws `invalid_request` on padding, white space, the `+/` alphabet, impossible lengths and unused
 * bits that are not zero, so that bytes have exactly one text.
 */
export function base64urlDecode(text: string): Bytes {
  const bytes = platform.fromBase64url(text)
  if (platform.toBase64url(bytes) === text) return bytes
  throw new ApprovalError('invalid_request', { message: 'Send base64url without padding.' })
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

/** Reads a stream to its end. Throws `RangeError` as soon as it holds more than `maxBytes`. */
export async function readBytes(stream: ReadableStream<Bytes> | null, maxBytes: number): Promise<Bytes> {
  const chunks: Bytes[] = []
  const reader = stream?.getReader()
  let length = 0
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    length += next.value.length
    if (length > maxBytes) {
      await reader?.cancel()
      throw new RangeError(`more than ${maxBytes} bytes`)
    }
    chunks.push(next.value)
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}
