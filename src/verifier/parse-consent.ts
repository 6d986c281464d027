/**
 * Reads one consent out of a token.
 *
 * In:  parsed JSON.
 * Out: a `Consent`, or `invalid_request`.
 *
 * Checks shape only; whether a passkey signed it is for `verify-consent`. DESIGN 6.
 */
import type { Consent } from './consent.ts'
import { base64urlDecode, type Digest } from './encoding.ts'
import type { JsonObject, JsonValue } from './json.ts'
import { array, BASE64URL_32, closedObject, digest, integer, matching, text } from './shape.ts'

const REQUIRED = [
  'approver',
  'nonce',
  'expires',
  'preview',
  'key',
  'authenticator_data',
  'client_data_json',
  'signature',
] as const

/** Reads a consent: exactly the members of DESIGN 6, base64url in its one spelling, a batch of 2 to 16 digests. */
export function parseConsent(value: JsonValue): Consent {
  const consent = closedObject(value, 'consent', REQUIRED, ['batch'])
  return {
    approver: text(consent['approver'], 'consent.approver', 512),
    nonce: matching(consent['nonce'], 'consent.nonce', BASE64URL_32),
    expires: integer(consent['expires'], 'consent.expires', 0),
    preview: consent['preview'] === null ? null : digest(consent['preview'], 'consent.preview'),
    key: matching(consent['key'], 'consent.key', BASE64URL_32),
    authenticator_data: encodedBytes(consent, 'authenticator_data'),
    client_data_json: encodedBytes(consent, 'client_data_json'),
    signature: encodedBytes(consent, 'signature'),
    ...(Object.hasOwn(consent, 'batch') ? { batch: parseBatch(consent['batch']) } : {}),
  }
}

function parseBatch(value: JsonValue | undefined): readonly Digest[] {
  return array(value, 'consent.batch', 2, 16).map((item) => digest(item, 'consent.batch'))
}

function encodedBytes(consent: JsonObject, name: string): string {
  const encoded = text(consent[name], `consent.${name}`, 12_288)
  base64urlDecode(encoded)
  return encoded
}
