/** A forgery without the authority's key: the same claims, signed with another key. */
import { randomBytes } from 'node:crypto'
import { base64urlDecode, base64urlEncode, type JsonObject, parseJson } from '@countersign/verifier'

/** A token like `token`, unspent (`jti`), naming the authority's key but signed by another. */
export async function forge(token: string): Promise<string> {
  const [header = '', payload = ''] = token.split('.')
  const claims = parseJson(Buffer.from(base64urlDecode(payload)).toString()) as JsonObject
  const forged = encode({ ...claims, jti: randomBytes(16).toString('base64url') })
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
  const input = Buffer.from(`${header}.${forged}`)
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, input)
  return `${header}.${forged}.${base64urlEncode(new Uint8Array(signature))}`
}

const encode = (value: JsonObject) => Buffer.from(JSON.stringify(value)).toString('base64url')
