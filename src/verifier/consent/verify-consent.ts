/**
 * Checks one consent: that the passkey it names signed exactly this statement.
 *
 * The one check of executors, authority, command and auditors alike. Does not look at deadlines, at who the approver is
 * or at whether the nonce was used before. SPEC 5.
 */
import { base64urlDecode, base64urlEncode } from '../data/bytes.ts'
import { insist, refusingAsync } from '../errors/refuse.ts'
import type { Assertion } from './assertion.ts'
import { type ApproverKey, proveAssertion, type RelyingParty } from './passkey.ts'
import { type Consent, type ConsentStatement, challengeOf } from './statement.ts'

/** The members of a consent that its signature covers, and the signature. */
export type SignedConsent = Pick<Consent, 'authenticator_data' | 'client_data_json' | 'signature'>

/**
 * Verifies a consent against the statement that the reader itself has written down. A consent given in a batch has to
 * list that statement exactly once. Throws `consent_invalid`, whose `cause` names the rule.
 */
export function verifyConsent(
  statement: ConsentStatement,
  consent: Consent,
  key: ApproverKey,
  party: RelyingParty,
): Promise<void> {
  return refusingAsync('consent_invalid', async () => {
    const { challenge } = await proveSignature(consent, key, party)
    insist(challenge === base64urlEncode(await challengeOf(statement, consent)), 'challenge')
  })
}

/**
 * Verifies the signature of a consent, whatever it is over: the challenge that was answered is in the result. For
 * auditors, who tell a signature that fails from one that holds over something else. Throws as `verifyConsent` does.
 */
export function proveConsent(consent: SignedConsent, key: ApproverKey, party: RelyingParty): Promise<Assertion> {
  return refusingAsync('consent_invalid', () => proveSignature(consent, key, party))
}

async function proveSignature(consent: SignedConsent, key: ApproverKey, party: RelyingParty): Promise<Assertion> {
  const bytes = {
    authenticatorData: base64urlDecode(consent.authenticator_data),
    clientDataJson: base64urlDecode(consent.client_data_json),
    signature: base64urlDecode(consent.signature),
  }
  return await proveAssertion(bytes, key, party)
}
