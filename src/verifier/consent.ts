/**
 * The consent statement: what a passkey signs, and how a token carries the signature.
 *
 * In: claims of a token and one of its consents, or a statement an authority is about to offer.
 * Out: the statement, its digest, the WebAuthn challenge over it.
 *
 * Verifies nothing: `verify-consent` does. SPEC 5.
 */

import { canonicalize } from './canonicalize.ts'
import type { ApprovalClaims } from './claims.ts'
import { type Bytes, base64urlEncode, type Digest, digestOf, sha256 } from './encoding.ts'
import { demand } from './refuse.ts'

/** The agent that asked, and those it asked for (RFC 8693). */
export type Actor = { readonly sub: string; readonly act?: Actor }

/** What one approver consents to: this action, this preview, for this executor, until then. SPEC 5. */
export type ConsentStatement = {
  readonly typ: 'countersign/consent/v1'
  readonly iss: string
  readonly aud: string
  readonly request: string
  readonly sub: string
  readonly act: Actor
  readonly client_id: string
  readonly action: Digest
  readonly preview: Digest | null
  readonly policy: Digest
  readonly quorum: number
  readonly separation: boolean
  readonly uses: number
  /** Epoch seconds: no token of this consent outlives it. */
  readonly expires: number
  readonly approver: string
  /** 32 random bytes, base64url: keeps the challenge unpredictable. */
  readonly nonce: string
}

/** One approver's passkey signature, as the token carries it. SPEC 6. */
export type Consent = {
  readonly approver: string
  readonly nonce: string
  /** The statement's `expires`, epoch seconds. */
  readonly expires: number
  readonly preview: Digest | null
  /** RFC 7638 thumbprint of the passkey's public key. */
  readonly key: string
  /** Base64url, as the authenticator gave it. */
  readonly authenticator_data: string
  /** Base64url, as the browser gave it. */
  readonly client_data_json: string
  /** Base64url, as the authenticator gave it: ES256 in DER. */
  readonly signature: string
  /** The statement digests that were signed together, in order: 2 to 16. */
  readonly batch?: readonly Digest[]
}

/** Rebuilds the statement a consent stands for. It is this executor's own reading of the claims that gets checked. */
export function statementOf(claims: ApprovalClaims, consent: Consent): ConsentStatement {
  const { approval } = claims
  const [details] = claims.authorization_details
  return {
    typ: 'countersign/consent/v1',
    iss: claims.iss,
    aud: claims.aud,
    request: approval.request,
    sub: claims.sub,
    act: claims.act,
    client_id: claims.client_id,
    action: details.digest,
    preview: consent.preview,
    policy: approval.policy,
    quorum: approval.quorum,
    separation: approval.separation,
    uses: details.uses,
    expires: consent.expires,
    approver: consent.approver,
    nonce: consent.nonce,
  }
}

/** Digest of a statement, as a batch lists it. */
export function statementDigest(statement: ConsentStatement): Promise<Digest> {
  return digestOf(statement)
}

/** The WebAuthn challenge of one statement: SHA-256(UTF-8(JCS(statement))), 32 bytes. */
export function consentChallenge(statement: ConsentStatement): Promise<Bytes> {
  return sha256(canonicalize(statement))
}

/** The WebAuthn challenge of several statements consented to with one gesture, by their digests, in order: 32 bytes. */
export function batchChallenge(statements: readonly Digest[]): Promise<Bytes> {
  return sha256(canonicalize({ typ: 'countersign/consent-batch/v1', statements }))
}

/**
 * The WebAuthn challenge that a consent answered: of its statement alone, or of the batch it was given in.
 *
 * Throws `consent_invalid` for a batch that does not list the statement exactly once. SPEC 5, 6.
 */
export async function challengeOf(statement: ConsentStatement, { batch }: Pick<Consent, 'batch'>): Promise<Bytes> {
  const challenge = await consentChallenge(statement)
  if (batch === undefined) return challenge
  // The challenge of a statement and its digest are the same 32 bytes.
  const own: Digest = `sha-256:${base64urlEncode(challenge)}`
  demand(batch.filter((listed) => listed === own).length === 1, 'consent_invalid')
  return batchChallenge(batch)
}
