/**
 * Credentials that software calls with: random, with a readable prefix, stored only as a hash, shown once, limited in
 * time. A plain SHA-256 suffices because the secret has 256 random bits: this is no password hash.
 */
import { base64urlEncode, sha256 } from '@countersign/verifier'
import type { CredentialKind } from './parties.ts'

const FORM = /^cs_(agent|executor|operator|auditor)_([A-Za-z0-9_-]{43})$/

export interface NewCredential {
  readonly secret: string
  readonly hash: string
  readonly prefix: string
}

export async function newCredential(kind: CredentialKind, randomBytes: Uint8Array): Promise<NewCredential> {
  const secret = `cs_${kind}_${base64urlEncode(randomBytes)}`
  return { secret, hash: await hashSecret(secret), prefix: secret.slice(0, `cs_${kind}_`.length + 6) }
}

/** base64url SHA-256 of a whole secret: a credential, a session, an invitation. */
export const hashSecret = async (secret: string): Promise<string> => base64urlEncode(await sha256(secret))

/** The kind that a secret claims, or undefined for a text of another form. */
export const kindOfCredential = (secret: string): CredentialKind | undefined =>
  FORM.exec(secret)?.[1] as CredentialKind | undefined
