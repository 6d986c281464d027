/**
 * Checks a passkey's signature over a consent statement, or over several. The only place where a `VerifiedConsent` is made.
 *
 * In: what was offered, the browser's assertion, the passkey. Out: `VerifiedConsent`, or `consent_invalid`.
 * Checks that the assertion is by this passkey and this person, its signature, its user verification and its counter;
 * not whether the person may consent (eligibility) or whether the offer was still open (the store's `takeOffer`).
 * SPEC 5; WebAuthn Level 3 section 7.2.
 */
import {
  ApprovalError,
  type AssertionInput,
  batchChallenge,
  type Consent,
  type ConsentStatement,
  consentChallenge,
  type Digest,
  statementDigest,
  verifyAssertion,
  verifyConsent as verifySignedConsent,
} from '@countersign/verifier'
import type { Passkey } from '../identity/parties.ts'
import { ok, type Result, refuse } from '../refusal.ts'
import { type AssertionResponse, parseAssertionResponse } from './assertion-response.ts'

declare const verifiedBrand: unique symbol

/** Exists only for a consent whose signature was checked in this process. */
export interface VerifiedConsent extends GestureVerdict {
  readonly approver: string
  readonly credentialId: string
  readonly consent: Consent
  readonly [verifiedBrand]: true
}

export interface RelyingParty {
  readonly rpId: string
  readonly origin: string
}

type GestureVerdict = Pick<AssertionResponse, 'counter' | 'backedUp'>

const invalid = (message: string, cause?: string) =>
  refuse('consent_invalid', message, cause === undefined ? {} : { cause })

/** Turns the verifier's error into a refusal: in words for the passkey's owner, with its cause for the log. */
async function refusing(check: Promise<void>): Promise<Result<true>> {
  try {
    await check
    return ok(true)
  } catch (error) {
    if (!(error instanceof ApprovalError)) throw error
    const cause = error.cause instanceof Error ? error.cause.message.replace('does not hold: ', '') : error.code
    return invalid(WORDS[cause] ?? 'The passkey’s signature is not for what was asked. Start again.', cause)
  }
}

/** The rule that only a passkey breaks whose authenticator changed what may never change. */
export const BACKUP_FLAGS = 'backup flags'

/** By the rule that failed. */
const WORDS: Readonly<Record<string, string>> = {
  [BACKUP_FLAGS]:
    'Your passkey’s device now says otherwise than before whether it may be synced, which must never change. Use another passkey, revoke this one under Passkeys, and add a new one.',
  'user verification':
    'Your device did not check that it is you. Use its PIN, fingerprint or face check, and try again.',
  origin: 'The passkey answered on another address than this authority’s. Check the address bar, then start again.',
  'relying party': 'The passkey belongs to another site. Use one that you enrolled here.',
  signature:
    'The passkey’s signature does not fit its key. Use another passkey; where it is a new one, delete it first.',
}

/** One passkey gesture over `challenge` (32 bytes), by `passkey` and no other. */
export async function verifyGesture(
  assertion: AssertionResponse,
  challenge: Uint8Array,
  passkey: Passkey,
  party: RelyingParty,
): Promise<Result<GestureVerdict>> {
  if (assertion.credentialId !== passkey.credentialId) return invalid('Another passkey answered. Start again.')
  if (passkey.revokedAt !== null) return invalid('This passkey has been revoked. Use another one.')
  if (assertion.userHandle !== null && assertion.userHandle !== passkey.approver) {
    return invalid('The passkey belongs to somebody else. Start again.')
  }
  const { counter, backedUp, ...signed } = assertion
  const input = { ...signed, challenge, key: passkey.key, rpId: party.rpId, origins: [party.origin] }
  const verified = await refusing(verifyAssertion(input))
  if (!verified.ok) return backupChanged(verified, input)
  if ((counter !== 0 || passkey.counter !== 0) && counter <= passkey.counter) {
    return invalid('The passkey’s counter went back: it may have been copied. Revoke it and use another one.')
  }
  return ok({ counter, backedUp })
}

/** Names changed backup flags only where everything else holds: then the passkey itself signed. */
async function backupChanged(refused: ReturnType<typeof invalid>, input: AssertionInput) {
  if (refused.refusal.cause !== BACKUP_FLAGS) return refused
  const { key } = input
  const otherwise = await refusing(verifyAssertion({ ...input, key: { ...key, be: !key.be } }))
  return otherwise.ok ? refused : otherwise
}

export async function verifyConsent(
  statement: ConsentStatement,
  untrusted: unknown,
  passkey: Passkey,
  party: RelyingParty,
): Promise<Result<VerifiedConsent>> {
  const assertion = parseAssertionResponse(untrusted)
  if (!assertion.ok) return assertion
  const gesture = await verifyGesture(assertion.value, await consentChallenge(statement), passkey, party)
  return gesture.ok ? ok(consentOf(statement, assertion.value, passkey, gesture.value)) : gesture
}

/** The consents of one assertion over several statements, in the order in which they were offered. */
export async function verifyBatch(
  statements: readonly ConsentStatement[],
  untrusted: unknown,
  passkey: Passkey,
  party: RelyingParty,
): Promise<Result<readonly VerifiedConsent[]>> {
  const assertion = parseAssertionResponse(untrusted)
  if (!assertion.ok) return assertion
  const batch = await Promise.all(statements.map(statementDigest))
  const gesture = await verifyGesture(assertion.value, await batchChallenge(batch), passkey, party)
  if (!gesture.ok) return gesture
  return ok(statements.map((statement) => consentOf(statement, assertion.value, passkey, gesture.value, batch)))
}

function consentOf(
  statement: ConsentStatement,
  { encoded }: AssertionResponse,
  passkey: Passkey,
  gesture: GestureVerdict,
  batch?: readonly Digest[],
): VerifiedConsent {
  const consent: Consent = {
    approver: statement.approver,
    ...(statement.on_behalf_of === undefined ? {} : { on_behalf_of: statement.on_behalf_of }),
    nonce: statement.nonce,
    expires: statement.expires,
    preview: statement.preview,
    key: passkey.key.kid,
    authenticator_data: encoded.authenticatorData,
    client_data_json: encoded.clientDataJson,
    signature: encoded.signature,
    ...(batch === undefined ? {} : { batch }),
  }
  return { approver: statement.approver, credentialId: passkey.credentialId, consent, ...gesture } as VerifiedConsent
}

/**
 * A consent read back from storage, checked again before anything is signed on its strength: the database alone
 * cannot make one up. Its counter was checked when it was given.
 */
export async function verifyStoredConsent(
  statement: ConsentStatement,
  consent: Consent,
  passkey: Passkey,
  party: RelyingParty,
): Promise<Result<VerifiedConsent>> {
  if (passkey.revokedAt !== null) return invalid('A passkey that consented has been revoked. Ask again.')
  if (passkey.approver !== consent.approver || passkey.key.kid !== consent.key)
    return invalid('A consent names a foreign key.')
  const { rpId, origin } = party
  const verified = await refusing(verifySignedConsent(statement, consent, passkey.key, { rpId, origins: [origin] }))
  if (!verified.ok) return verified
  const { approver } = consent
  return ok({ approver, credentialId: passkey.credentialId, consent, counter: 0, backedUp: false } as VerifiedConsent)
}
