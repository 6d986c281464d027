/**
 * The cryptography an audit needs, passed in and synchronous: millions of short hashes and checks, where handing each
 * to another thread would cost more than the work itself.
 */
import type { PublicJwk } from '@countersign/verifier'
import type { HashInto } from '@countersign/verifier/proof'

/** SHA-256 of bytes, or of text as UTF-8, in base64url. */
export type Digester = (data: Uint8Array | string) => string

/** Checks one signature with one key. */
export type Verify = (signature: Uint8Array, data: Uint8Array) => boolean

export interface AuditCrypto {
  readonly hashInto: HashInto
  readonly digest: Digester
  /** Base64url of bytes, or of text as UTF-8. */
  readonly encode: (data: Uint8Array | string) => string
  /** Throws when the numbers are no key. ES256 signatures are DER in passkeys, r‖s in tokens. */
  readonly verifierOf: (jwk: PublicJwk, ecdsa: 'der' | 'raw') => Verify
}
