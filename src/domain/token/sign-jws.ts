/**
 * A compact JWS under one of the authority's keys, with an explicit type.
 *
 * In: claims, `typ`, key. Out: the compact serialization. Decides nothing: who may have a token is `mint`'s business.
 * Specification: RFC 7515; RFC 8725 section 3.11.
 */
import { base64urlEncode } from '@countersign/verifier'
import { CompactSign } from 'jose'
import type { SigningKey } from './signing-keys.ts'

const encoder = new TextEncoder()
const bytesOf = (part: object) => encoder.encode(JSON.stringify(part))

export async function sign(typ: string, claims: object, key: SigningKey): Promise<string> {
  const header = { alg: key.alg, kid: key.kid, typ }
  if (!key.sign) return new CompactSign(bytesOf(claims)).setProtectedHeader(header).sign(key.privateKey)
  const input = [header, claims].map((part) => base64urlEncode(bytesOf(part))).join('.')
  return `${input}.${base64urlEncode(key.sign(encoder.encode(input)))}`
}
