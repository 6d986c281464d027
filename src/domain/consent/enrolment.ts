/**
 * Enrols a passkey: the statement that it signs, the options for both gestures, and the check of both answers. The only
 * place where a `TriedPasskey` is made, so that no key counts that never signed.
 *
 * In: a person, what they will be able to do, a nonce. Out: a `TriedPasskey`, or `consent_invalid`. Does not decide who
 * may enrol: the invitation does, or an existing passkey. SPEC 10.1.
 */
import { base64urlEncode, type Digest, type JsonObject } from '@countersign/verifier'
import { type EnrolmentProof, type EnrolmentStatement, enrolmentChallenge } from '@countersign/verifier/authority'
import type { Passkey } from '../identity/parties.ts'
import { ok, type Result } from '../refusal.ts'
import { parseAssertionResponse } from './assertion-response.ts'
import { assertionGesture } from './gesture.ts'
import { creationOptions, verifyRegistration } from './registration.ts'
import { type RelyingParty, verifyGesture } from './verify-consent.ts'

declare const triedBrand: unique symbol

/** Exists only for a passkey whose signature over its enrolment statement was checked in this process. */
export interface TriedPasskey {
  readonly passkey: Passkey
  readonly proof: EnrolmentProof
  readonly [triedBrand]: true
}

export interface Enrolling {
  readonly rpName: string
  readonly rpId: string
  readonly name: string
  readonly statement: EnrolmentStatement
  /** Passkeys that the person has: none is made twice. */
  readonly existing: readonly Passkey[]
  readonly es256Only: boolean
}

export interface EnrolmentGestures {
  /** base64url of the 32 bytes that every gesture answers: the digest of the statement. */
  readonly challenge: string
  /** PublicKeyCredentialCreationOptionsJSON, and …RequestOptionsJSON for the new passkey's signature. */
  readonly options: { readonly creation: JsonObject; readonly request: JsonObject }
}

export async function enrolmentGestures(input: Enrolling): Promise<EnrolmentGestures> {
  const { rpId, statement } = input
  const challenge = await enrolmentChallenge(statement)
  const creation = await creationOptions({ ...input, approver: statement.approver, challenge })
  const request = assertionGesture(rpId, challenge, [])
  return { challenge: base64urlEncode(challenge), options: { creation, request: request.options } }
}

export interface EnrolmentAnswer {
  /** RegistrationResponseJSON: the new passkey. */
  readonly registration: unknown
  /** AuthenticationResponseJSON: its signature over the statement. */
  readonly trial: unknown
}

export interface OfferedEnrolment {
  readonly statement: EnrolmentStatement
  readonly label: string
  readonly es256Only: boolean
  /** The registered parties, as the store names them; null but for a first admin. */
  readonly print: string | null
}

/** Both answers to one offer. The caller took the offer, and looked at who may enrol. */
export async function verifyEnrolment(
  { statement, label, es256Only }: OfferedEnrolment,
  { registration, trial }: EnrolmentAnswer,
  party: RelyingParty,
  now: number,
): Promise<Result<TriedPasskey>> {
  const challenge = await enrolmentChallenge(statement)
  const expected = { challenge: base64urlEncode(challenge), party, es256Only }
  const made = await verifyRegistration(registration, expected, { approver: statement.approver, label }, now)
  if (!made.ok) return made
  const assertion = parseAssertionResponse(trial)
  if (!assertion.ok) return assertion
  const tried = await verifyGesture(assertion.value, challenge, made.value, party)
  if (!tried.ok) return tried
  const { authenticatorData, clientDataJson, signature } = assertion.value.encoded
  const proof = {
    nonce: statement.nonce,
    authenticator_data: authenticatorData,
    client_data_json: clientDataJson,
    signature,
  }
  return ok({ passkey: { ...made.value, ...tried.value }, proof } as TriedPasskey)
}

export const enrolmentStatement = (
  iss: string,
  { approver, roles }: { readonly approver: string; readonly roles: readonly string[] },
  registered: Digest | null,
  nonce: string,
): EnrolmentStatement => ({ typ: 'countersign/enrolment/v1', iss, approver, roles, registered, nonce })
