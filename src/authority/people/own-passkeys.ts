/**
 * Adds further passkeys of a person. The new one is made first and signs; an existing one then signs a statement about
 * exactly that key, so nobody can substitute another. SPEC 10.1.
 */
import type { JsonObject } from '@countersign/verifier'
import {
  type AuthorisationStatement,
  authorisationChallenge,
  authorisationStatement,
} from '@countersign/verifier/authority'
import { plainJson } from '../../domain/action/plain-json.ts'
import { newTrace } from '../../domain/approval/approval-request.ts'
import { parseAssertionResponse } from '../../domain/consent/assertion-response.ts'
import type { EnrolmentAnswer, OfferedEnrolment, TriedPasskey } from '../../domain/consent/enrolment.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import type { Passkey, SignedIn } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import { passkeyMembers } from '../changes/enrol-change.ts'
import type { Deps } from '../deps.ts'
import { type OwnSignature, offerToSign, signatureOver } from '../own-signature.ts'
import { tooMany } from '../refusals.ts'
import { livePasskeys } from '../requests/answerable.ts'
import {
  alreadyEnrolled,
  attemptOver,
  logRefusedPasskey,
  type NewPasskeyOffer,
  offerNewPasskey,
  takeEnrolment,
  tryPasskey,
} from './new-passkey.ts'
import type { PeopleNeeds } from './sessions.ts'

export interface PasskeyStart {
  readonly label?: string | undefined
  readonly es256_only?: boolean | undefined
}

/** The gestures that make the new passkey and sign with it. Refuses: `rate_limited`. */
export async function addPasskeyOptions(
  deps: PeopleNeeds & Pick<Deps, 'limits'>,
  approver: SignedIn,
  { label, es256_only: es256Only }: PasskeyStart = {},
): Promise<Result<NewPasskeyOffer>> {
  const waitSeconds = await deps.limits.take('approver', `${approver.session} adds`)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  const existing = await livePasskeys(deps, approver)
  const { id, roles } = approver
  const owner = { id, roles, name: approver.name ?? 'Approver', label, existing, es256Only }
  const offered = { purpose: 'add-passkey', approver: id } as const
  return offerNewPasskey(deps, offered, { ...owner, registered: null, print: null })
}

/** `options`: PublicKeyCredentialRequestOptionsJSON for an existing passkey. */
export interface AuthorisationOffer {
  readonly statement: JsonObject
  readonly options: JsonObject
}

/** The statement that an existing passkey signs once the new one was made. Refuses: `consent_invalid`. */
export async function authorisePasskeyOptions(
  deps: PeopleNeeds,
  approver: SignedIn,
  answer: EnrolmentAnswer,
): Promise<Result<AuthorisationOffer>> {
  const taken = await takeEnrolment(deps, 'add-passkey', answer.registration)
  if (taken?.approver !== approver.id) return attemptOver()
  const { enrolment } = taken
  const tried = await tryPasskey(deps, enrolment, answer)
  if (!tried.ok) return tried
  const statement = await statementAbout(enrolment, tried.value)
  const offered = { purpose: 'authorise-passkey', context: { enrolment } } as const
  const options = await offerToSign(deps, approver, await authorisationChallenge(statement), offered)
  return ok({ statement: plainJson(statement), options })
}

async function statementAbout(
  { statement }: OfferedEnrolment,
  { passkey }: TriedPasskey,
): Promise<AuthorisationStatement> {
  const credential = await hashSecret(passkey.credentialId)
  return authorisationStatement(statement, { credential, key: passkey.key.kid })
}

/** The new passkey is sent and checked again: nothing of it is kept between the two steps. Refuses: `consent_invalid`. */
export async function addPasskey(
  deps: PeopleNeeds,
  approver: SignedIn,
  answer: EnrolmentAnswer & { readonly assertion: unknown },
): Promise<Result<Passkey>> {
  const assertion = parseAssertionResponse(answer.assertion)
  if (!assertion.ok) return assertion
  const { challenge } = assertion.value
  const offer = await deps.store.takeOffer({ challenge, purpose: 'authorise-passkey', now: deps.now() })
  const enrolment = offer?.approver === approver.id ? offer.context.enrolment : undefined
  if (!enrolment) return attemptOver()
  const tried = await tryPasskey(deps, enrolment, answer)
  if (!tried.ok) return tried
  const statement = await statementAbout(enrolment, tried.value)
  const signs = { challenge: await authorisationChallenge(statement), nonce: statement.nonce }
  const signature = await signatureOver(deps, approver, assertion.value, signs)
  if (signature.ok) return keep(deps, tried.value, signature.value)
  logRefusedPasskey(deps.log, approver.id, signature.refusal)
  return signature
}

async function keep(
  { store, now, randomBytes }: PeopleNeeds,
  tried: TriedPasskey,
  { credentialId, counter, signed: { key, nonce: _, ...authorisation } }: OwnSignature,
): Promise<Result<Passkey>> {
  const { passkey } = tried
  const added = await passkeyMembers(tried)
  const members = { approver: passkey.approver, ...added, authorised_by: key ?? '', authorisation }
  const entry = await prepareEntry('credential.added', now(), newTrace(randomBytes), members)
  const { verdict } = await store.addPasskey({ passkey, by: { credentialId, counter }, entries: [entry] })
  if (verdict === 'added') return ok(passkey)
  return verdict === 'credential_exists' ? alreadyEnrolled() : attemptOver()
}
