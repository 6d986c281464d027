/**
 * The consent statement that a passkey signs, and the consent that carries the signature in a token.
 *
 * Verifies nothing: `verifyConsent` does. SPEC 5.
 */
import type { Bytes } from '../data/bytes.ts'
import { canonicalize } from '../data/canonicalize.ts'
import { type Digest, digestFrom, digestOf, sha256 } from '../data/digest.ts'
import { array, bytes32, digest, id, instant, matching, nullable, object, type Reader } from '../data/shape.ts'
import { demand } from '../errors/refuse.ts'

/** The agent that asked, and those it asked for (RFC 8693). */
export type Actor = { readonly sub: string; readonly act?: Actor }

/** The statement one approver signs: this action, this preview, for this executor, until then. SPEC 5. */
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
  /** Digest of the state that the approval is bound to: `stateDigest`. */
  readonly state: Digest | null
  readonly policy: Digest
  readonly quorum: number
  readonly separation: boolean
  readonly uses: number
  /** Epoch seconds: no token of this consent outlives it. */
  readonly expires: number
  readonly approver: string
  /** The absent person whose deputy the approver is; absent where they answer for themself. */
  readonly on_behalf_of?: string
  /** 32 random bytes, base64url: keeps the challenge unpredictable. */
  readonly nonce: string
}

/** One approver's passkey signature, as the token carries it. SPEC 6. */
export type Consent = {
  readonly approver: string
  /** As in the statement. */
  readonly on_behalf_of?: string
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

/** Number of statements that one gesture covers. */
const MIN_BATCH = 2
const MAX_BATCH = 16

/** Base64url in its one spelling, unused bits zero: at least a byte. */
const encoded = matching(/^(?=.)(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/)

const MEMBERS = {
  approver: id,
  nonce: bytes32,
  expires: instant,
  preview: nullable(digest),
  key: bytes32,
  authenticator_data: encoded,
  client_data_json: encoded,
  signature: encoded,
}

/** Reads the consent of a token, strictly. Throws `invalid_request`. */
export const readConsent: Reader<Consent> = object(MEMBERS, {
  on_behalf_of: id,
  batch: array(digest, MIN_BATCH, MAX_BATCH),
})

/** As `readConsent`, for the consent of a ledger entry: whether the batch has a possible size, `challengeOf` tells. */
export const readLoggedConsent: Reader<Consent> = object(MEMBERS, {
  on_behalf_of: id,
  batch: array(digest, 0, Infinity),
})

/** Digest of a statement, as a batch lists it. */
export function statementDigest(statement: ConsentStatement): Promise<Digest> {
  return digestOf(statement)
}

/** The WebAuthn challenge of one statement: SHA-256(UTF-8(JCS(statement))), 32 bytes. */
export function consentChallenge(statement: ConsentStatement): Promise<Bytes> {
  return sha256(canonicalize(statement))
}

const batchText = (statements: readonly Digest[]): string =>
  canonicalize({ typ: 'countersign/consent-batch/v1', statements })

/** The WebAuthn challenge of several statements consented to with one gesture, by their digests, in order: 32 bytes. */
export function batchChallenge(statements: readonly Digest[]): Promise<Bytes> {
  return sha256(batchText(statements))
}

/**
 * The WebAuthn challenge that a consent answered: of its statement alone, or of the batch it was given in.
 *
 * Throws `consent_invalid` for a batch of fewer than 2 or more than 16 statements, and for one that does not list this
 * statement exactly once. SPEC 5, 6.
 */
export async function challengeOf(statement: ConsentStatement, { batch }: Pick<Consent, 'batch'>): Promise<Bytes> {
  const challenge = await consentChallenge(statement)
  // The challenge of a statement and its digest are the same 32 bytes.
  return batch ? sha256(textOfBatch(batch, digestFrom(challenge))) : challenge
}

/** The text whose hash is the challenge of a batch, for one statement of it. Throws as `challengeOf` does. */
export function textOfBatch(statements: readonly Digest[], own: Digest): string {
  const isBatch = statements.length >= MIN_BATCH && statements.length <= MAX_BATCH
  demand(isBatch && statements.filter((listed) => listed === own).length === 1, 'consent_invalid')
  return batchText(statements)
}
