/** Standard base64, padded, in its one canonical form. RFC 4648 section 4. */
import { ProofError } from './proof-error.ts'

/** Throws `ProofError` for missing padding, white space and unused bits that are not zero. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
    if (encodeBase64(bytes) === text) return bytes
  } catch {
    // Reported below.
  }
  throw new ProofError('This is not canonical base64')
}

export function encodeBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
