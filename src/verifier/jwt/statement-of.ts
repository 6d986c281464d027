/** Rebuilds the statement that a consent in a token signed. Verifies nothing: `verifyConsent` does. SPEC 5. */
import type { Consent, ConsentStatement } from '../consent/statement.ts'
import type { ApprovalClaims } from './claims.ts'

/** Rebuilds the statement that a consent signed. */
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
