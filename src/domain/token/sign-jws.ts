/**
 * A compact JWS under one of the authority's keys, with an explicit type.
 *
 * In: claims, `typ`, key. Out: the compact serialization.
 * Makes no decision: `mint` decides whether a token may exist. RFC 7515; RFC 8725 section 3.11.
 */
import { CompactSign } from 'jose'
import type { SigningKey } from './signing-keys.ts'

const encoder = new TextEncoder()

/** The header names the key where it has a `kid`. */
export function sign(
  typ: string,
  claims: object,
  { alg, kid, privateKey }: Pick<SigningKey, 'alg' | 'privateKey'> & { readonly kid?: string },
): Promise<string> {
  const payload = encoder.encode(JSON.stringify(claims))
  const header = { alg, ...(kid === undefined ? {} : { kid }), typ }
  return new CompactSign(payload).setProtectedHeader(header).sign(privateKey)
}
