/**
 * Proves every consent of a token against the approvers' public keys.
 *
 * In:  claims, and the directory of approvers.
 * Out: nothing, or `consent_invalid`.
 *
 * Does not decide how many are needed (`quorum`), and does not see whether a nonce was used before: the redemption
 * does. DESIGN 5 and 6.
 */
import type { ApproverDirectory } from './approvers.ts'
import type { ApprovalClaims } from './claims.ts'
import { batchChallenge, type Consent, consentChallenge, statementOf } from './consent.ts'
import type { CachedDocument } from './document.ts'
import { type Bytes, base64urlDecode, base64urlEncode, type Digest } from './encoding.ts'
import { ApprovalError } from './errors.ts'
import { type ApproverKey, verifyAssertion } from './passkey.ts'
import { checkSeparation } from './quorum.ts'

/**
 * Verifies all consents, counted or not: one that does not hold spoils the token. Throws `consent_invalid`, and what
 * fetching the directory throws.
 */
export async function verifyConsents(claims: ApprovalClaims, source: CachedDocument<ApproverDirectory>): Promise<void> {
  const { consents } = claims.approval
  if (consents.length === 0) return
  let directory = await source.get()
  // Someone may have enrolled since the directory was read.
  if (consents.some((consent) => findKey(directory, consent) === undefined)) directory = await source.renew()
  checkSeparation(claims, directory)
  await Promise.all(consents.map((consent) => verifyConsent(claims, consent, directory)))
}

async function verifyConsent(claims: ApprovalClaims, consent: Consent, directory: ApproverDirectory): Promise<void> {
  const key = findKey(directory, consent)
  if (key === undefined) throw invalid('A consent comes from a passkey that is not enrolled.')
  if (claims.exp > consent.expires) throw invalid('The token outlives a consent.')
  await verifyAssertion({
    challenge: await challengeOf(claims, consent),
    authenticatorData: base64urlDecode(consent.authenticator_data),
    clientDataJson: base64urlDecode(consent.client_data_json),
    signature: base64urlDecode(consent.signature),
    key,
    rpId: directory.rpId,
    origins: directory.origins,
  })
}

/** The challenge this consent must have answered, from our own reading of the claims. */
async function challengeOf(claims: ApprovalClaims, consent: Consent): Promise<Bytes> {
  const challenge = await consentChallenge(statementOf(claims, consent))
  if (consent.batch === undefined) return challenge
  // The challenge of a statement and its digest are the same 32 bytes.
  const own: Digest = `sha-256:${base64urlEncode(challenge)}`
  if (consent.batch.filter((listed) => listed === own).length !== 1) {
    throw invalid('A batch of consents does not list this one exactly once.')
  }
  return batchChallenge(consent.batch)
}

function findKey(directory: ApproverDirectory, consent: Consent): ApproverKey | undefined {
  return directory.approvers.get(consent.approver)?.keys.find((key) => key.kid === consent.key)
}

function invalid(message: string): ApprovalError {
  return new ApprovalError('consent_invalid', { message: `${message} Ask for a new approval.` })
}
