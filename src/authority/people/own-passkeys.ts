/**
 * A person's further passkeys, each added with a gesture of an existing one. SPEC 10.1.
 */
import { base64urlDecode } from '@countersign/verifier'
import { newTrace } from '../../domain/approval/approval-request.ts'
import { type AssertionResponse, parseAssertionResponse } from '../../domain/consent/assertion-response.ts'
import type { EnrolmentAnswer } from '../../domain/consent/enrolment.ts'
import { verifyGesture } from '../../domain/consent/verify-consent.ts'
import type { Approver, Passkey, SignedIn } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { passkeyMembers } from '../changes/enrol-change.ts'
import type { Deps } from '../deps.ts'
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

/** The gestures of the new passkey, and of the existing one that authorises it. Refuses: `rate_limited`. */
export async function addPasskeyOptions(
  deps: PeopleNeeds & Pick<Deps, 'limits'>,
  approver: SignedIn,
  { label, es256_only: es256Only }: PasskeyStart = {},
): Promise<Result<NewPasskeyOffer>> {
  const retryAfterSeconds = await deps.limits.take('approver', `${approver.session} adds`)
  if (retryAfterSeconds !== null) {
    return refuse('rate_limited', 'Too many attempts. Wait a little.', { retryAfterSeconds })
  }
  const existing = await livePasskeys(deps, approver)
  const { id, roles } = approver
  const owner = { id, roles, name: approver.name ?? 'Approver', label, existing, es256Only }
  const offered = { purpose: 'add-passkey', approver: id } as const
  return offerNewPasskey(deps, offered, { ...owner, registered: null, print: null })
}

/** Refuses: `forbidden` for another person's passkey, `consent_invalid`. */
export async function addPasskey(
  deps: PeopleNeeds,
  approver: Approver,
  answer: EnrolmentAnswer & { readonly assertion: unknown },
): Promise<Result<Passkey>> {
  const existing = await ownPasskey(deps, approver, answer.assertion)
  if (!existing.ok) return existing
  const taken = await takeEnrolment(deps, 'add-passkey', answer.registration)
  if (taken?.approver !== approver.id) return attemptOver()
  const authorised = await authorise(deps, existing.value, taken.challenge)
  if (!authorised.ok) return authorised
  const tried = await tryPasskey(deps, taken.enrolment, answer)
  if (!tried.ok) return tried
  const { passkey } = tried.value
  const { kid } = existing.value.passkey.key
  const authorisation = signedOf(existing.value.assertion)
  const added = await passkeyMembers(tried.value)
  const members = { approver: approver.id, ...added, authorised_by: kid, authorisation }
  const entry = await prepareEntry('credential.added', deps.now(), newTrace(deps.randomBytes), members)
  const { verdict } = await deps.store.addPasskey({ passkey, entries: [entry] })
  return verdict === 'added' ? ok(passkey) : alreadyEnrolled()
}

interface OwnGesture {
  readonly passkey: Passkey
  readonly assertion: AssertionResponse
}

async function ownPasskey({ store }: PeopleNeeds, approver: Approver, untrusted: unknown): Promise<Result<OwnGesture>> {
  const assertion = parseAssertionResponse(untrusted)
  if (!assertion.ok) return assertion
  const passkey = await store.passkey(assertion.value.credentialId)
  if (passkey?.approver !== approver.id) return refuse('forbidden', 'Confirm with one of your own passkeys.')
  return ok({ passkey, assertion: assertion.value })
}

/** The existing passkey answers the same challenge as the new one: it signs what the new one will be able to do. */
async function authorise({ config, log }: PeopleNeeds, { passkey, assertion }: OwnGesture, challenge: string) {
  const gesture = await verifyGesture(assertion, base64urlDecode(challenge), passkey, config)
  if (!gesture.ok) logRefusedPasskey(log, passkey.approver, gesture.refusal)
  return gesture
}

/** The gesture as the ledger keeps it. */
const signedOf = ({ encoded }: AssertionResponse) => ({
  authenticator_data: encoded.authenticatorData,
  client_data_json: encoded.clientDataJson,
  signature: encoded.signature,
})
