/** SHA-256, and the digests made of it. FIPS 180-4, SPEC 4. */
import * as platform from '#platform'
import type { Awaitable } from '../platform/platform.ts'
import { type Bytes, base64urlEncode, encodeUtf8 } from './bytes.ts'
import { canonicalize } from './canonicalize.ts'
import type { JsonValue } from './json.ts'

/** `sha-256:` and 43 base64url characters. Compare as text: there is one spelling. */
export type Digest = `sha-256:${string}`

/** SHA-256 of bytes, or of text as UTF-8: 32 bytes. */
export async function sha256(data: Bytes | string): Promise<Bytes> {
  return await hash(data)
}

/** As `sha256`, at once where the platform can. */
export function hash(data: Bytes | string): Awaitable<Bytes> {
  return platform.sha256(typeof data === 'string' ? encodeUtf8(data) : data)
}

/** `sha-256:` + base64url(SHA-256(UTF-8(JCS(value)))). Throws `invalid_request` where `canonicalize` does. SPEC 4. */
export async function digestOf(value: JsonValue): Promise<Digest> {
  return digestFrom(await hash(canonicalize(value)))
}

/** Writes 32 bytes as a digest. */
export function digestFrom(hash: Bytes): Digest {
  return `sha-256:${base64urlEncode(hash)}`
}
