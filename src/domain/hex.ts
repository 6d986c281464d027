/** Bytes as lower-case hex digits. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const DIGITS = new TextEncoder().encode('0123456789abcdef')
const ascii = new TextDecoder()
/** Longer bytes are written as one text, not digit by digit: each addition would leave a string behind. */
const SHORT = 64

export function hex(bytes: Uint8Array): string {
  if (bytes.length > SHORT) return hexOfMany(bytes)
  let digits = ''
  for (const byte of bytes) digits += HEX[byte]
  return digits
}

function hexOfMany(bytes: Uint8Array): string {
  const digits = new Uint8Array(2 * bytes.length)
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    digits[2 * at] = DIGITS[byte >> 4] ?? 0
    digits[2 * at + 1] = DIGITS[byte & 15] ?? 0
  }
  return ascii.decode(digits)
}
