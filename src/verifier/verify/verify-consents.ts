/**
 * Proves every consent of a token against the approvers' public keys.
 *
 * Does not decide how many are needed (`quorum`), and does not see whether a nonce was used before: the redemption
 * does. SPEC 5 and 6.
 */
import type { ApproverDirectory } from '../authority/approvers.ts'
import type { CachedDocument } from '../authority/document.ts'
import type { ApproverKey } from '../consent/passkey.ts'
import type { Consent } from '../consent/statement.ts'
import { verifyConsent } from '../consent/verify-consent.ts'
import { demand } from '../errors/refuse.ts'
import type { ApprovalClaims } from '../jwt/claims.ts'
import { statementOf } from '../jwt/statement-of.ts'
import { checkSeparation } from './quorum.ts'

/**
 * Verifies all consents, counted or not: one that does not hold spoils the token. Throws `consent_invalid`, and what
 * fetching the directory throws.
 */
export async function verifyConsents(claims: ApprovalClaims, source: CachedDocument<ApproverDirectory>): Promise<void> {
  const { consents } = claims.approval
  let directory = await source.get()
  // A new approver may have enrolled since the directory was read.
  if (!consents.every((consent) => findKey(directory, consent))) directory = await source.renew()
  checkSeparation(claims, directory)
  await Promise.all(consents.map((consent) => verifyOne(claims, consent, directory)))
}

async function verifyOne(claims: ApprovalClaims, consent: Consent, directory: ApproverDirectory): Promise<void> {
  const key = findKey(directory, consent)
  demand(key !== undefined && claims.exp <= consent.expires, 'consent_invalid')
  await verifyConsent(statementOf(claims, consent), consent, key, directory)
}

function findKey(directory: ApproverDirectory, consent: Consent): ApproverKey | undefined {
  return directory.approvers.get(consent.approver)?.keys.find((key) => key.kid === consent.key)
}
