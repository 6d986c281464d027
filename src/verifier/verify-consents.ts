/**
 * Proves every consent of a token against the approvers' public keys.
 *
 * In: claims, and the directory of approvers.
 * Out: nothing, or `consent_invalid`.
 *
 * Does not decide how many are needed (`quorum`), and does not see whether a nonce was used before: the redemption
 * does. SPEC 5 and 6.
 */
import type { ApproverDirectory } from './approvers.ts'
import type { ApprovalClaims } from './claims.ts'
import { type Consent, challengeOf, statementOf } from './consent.ts'
import type { CachedDocument } from './document.ts'
import { base64urlDecode } from './encoding.ts'
import { type ApproverKey, verifyAssertion } from './passkey.ts'
import { checkSeparation } from './quorum.ts'
import { insist, refusingAsync } from './refuse.ts'

/**
 * Verifies all consents, counted or not: one that does not hold spoils the token. Throws `consent_invalid`, and what
 * fetching the directory throws.
 */
export async function verifyConsents(claims: ApprovalClaims, source: CachedDocument<ApproverDirectory>): Promise<void> {
  const { consents } = claims.approval
  let directory = await source.get()
  // Someone may have enrolled since the directory was read.
  if (!consents.every((consent) => findKey(directory, consent))) directory = await source.renew()
  checkSeparation(claims, directory)
  await Promise.all(consents.map((consent) => verifyConsent(claims, consent, directory)))
}

function verifyConsent(claims: ApprovalClaims, consent: Consent, directory: ApproverDirectory): Promise<void> {
  return refusingAsync('consent_invalid', async () => {
    const key = findKey(directory, consent)
    insist(key !== undefined, 'key')
    insist(claims.exp <= consent.expires, 'expires')
    await verifyAssertion({
      // From our own reading of the claims.
      challenge: await challengeOf(statementOf(claims, consent), consent),
      authenticatorData: base64urlDecode(consent.authenticator_data),
      clientDataJson: base64urlDecode(consent.client_data_json),
      signature: base64urlDecode(consent.signature),
      key,
      rpId: directory.rpId,
      origins: directory.origins,
    })
  })
}

function findKey(directory: ApproverDirectory, consent: Consent): ApproverKey | undefined {
  return directory.approvers.get(consent.approver)?.keys.find((key) => key.kid === consent.key)
}
