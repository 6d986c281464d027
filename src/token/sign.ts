/**
 * A compact JWS under one of the authority's keys, with an explicit type.
 *
 * In: claims, `typ`, key. Out: the compact serialization. Decides nothing: who may have a token is `mint`'s business.
 * Specification: RFC 7515; RFC 8725 section 3.11.
 */
import { CompactSign } from 'jose'
import type { SigningKey } from './keys.ts'

const encoder = new TextEncoder()

export function sign(typ: string, claims: object, key: SigningKey): Promise<string> {
  return new CompactSign(encoder.encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ })
    .sign(key.privateKey)
}
