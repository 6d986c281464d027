/**
 * The hashes of an audit, passed in and synchronous: there are millions of short ones, and handing each to another thread
 * would cost more than the work itself. Signatures are checked by the verifier.
 */
import type { HashInto } from '@countersign/verifier/proof'

/** SHA-256 of bytes, or of text as UTF-8, in base64url. */
export type Digester = (data: Uint8Array | string) => string

export interface AuditCrypto {
  readonly hashInto: HashInto
  readonly digest: Digester
  /** Base64url of bytes, or of text as UTF-8. */
  readonly encode: (data: Uint8Array | string) => string
  /** Reads base64url. Refuses what `base64urlDecode` refuses, in the same words. */
  readonly decode: (text: string) => Uint8Array<ArrayBuffer>
  /** The bytes that a JWS signs: `header`, which is base64url, a dot and `payload` in base64url. Valid until the next call. */
  readonly signingInput: (header: string, payload: string) => Uint8Array<ArrayBuffer>
}
