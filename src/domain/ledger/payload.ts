/**
 * Payloads: free text and arguments, kept beside the ledger so that they can be erased, and named in it by a digest
 * that reveals nothing guessable. SPEC 8.
 */
import { base64urlEncode, canonicalize, type Digest, digestOf, type JsonValue, sha256 } from '@countersign/verifier'

/** `registered`: what a first admin was shown, which proves what was registered before. It is never erased. */
export type PayloadKind =
  | 'action'
  | 'bounds'
  | 'preview'
  | 'reason'
  | 'challenge'
  | 'person'
  | 'outcome'
  | 'denial'
  | 'killswitch'
  | 'breakglass'
  | 'registered'
  | 'purpose'

/** `content` is the canonical text that `digest` is of. `subject` is the request, approver or jti it belongs to. */
export interface Payload {
  readonly digest: Digest
  readonly subject: string
  readonly kind: PayloadKind
  readonly content: string
}

/** A salt of 128 random bits. */
export const payloadSalt = (randomBytes: (count: number) => Uint8Array): string => base64urlEncode(randomBytes(16))

/** `salt`: 22 base64url characters of 128 random bits. */
export async function preparePayload(
  subject: string,
  kind: PayloadKind,
  content: JsonValue,
  salt: string,
): Promise<Payload> {
  const whole = canonicalize({ typ: 'countersign/payload/v1', kind, salt, content })
  return { digest: `sha-256:${base64urlEncode(await sha256(whole))}`, subject, kind, content: whole }
}

/** The only form in which entries name a resource. */
export const resourceDigest = (resource: string, salt: string): Promise<Digest> =>
  digestOf({ typ: 'countersign/resource/v1', resource, salt })
