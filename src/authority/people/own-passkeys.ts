/**
 * A person's own passkeys: listed, added with a gesture of an existing one, revoked. Revoking needs no gesture, since
 * it makes things safer. SPEC 10.
 */
import { base64urlDecode, base64urlEncode, type JsonObject } from '@countersign/verifier'
import { newTrace } from '../../domain/approval/approval-request.ts'
import { parseAssertionResponse } from '../../domain/consent/assertion-response.ts'
import { assertionGesture } from '../../domain/consent/gesture.ts'
import { challengeOfRegistration, creationOptions, verifyRegistration } from '../../domain/consent/registration.ts'
import { verifyGesture } from '../../domain/consent/verify-consent.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import type { Approver, Passkey, SignedIn } from '../../domain/identity/parties.ts'
import { type EntryMembers, prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { revocationEntries } from '../stop/revocation-entries.ts'
import { OFFER_LIFE_SECONDS, type PeopleNeeds } from './sessions.ts'

export const alreadyEnrolled = () => refuse('consent_invalid', 'This passkey is enrolled already. Use another one.')
export const attemptOver = () => refuse('consent_invalid', 'This attempt is over. Load the page again.')

/**
 * `{ creation, request }`: options for the new passkey, and for the existing one that authorises it.
 * Refuses: `rate_limited`.
 */
export async function addPasskeyOptions(
  { config, store, limits, now, randomBytes }: PeopleNeeds & Pick<Deps, 'limits'>,
  approver: SignedIn,
  label = 'Passkey',
): Promise<Result<JsonObject>> {
  const retryAfterSeconds = await limits.take('approver', `${approver.session} adds`)
  if (retryAfterSeconds !== null) {
    return refuse('rate_limited', 'Too many attempts. Wait a little.', { retryAfterSeconds })
  }
  const challenge = randomBytes(32)
  const existing = (await store.passkeysOf(approver.id)).filter(({ revokedAt }) => revokedAt === null)
  const gesture = await assertionGesture(config.rpId, randomBytes(32), existing)
  const expiresAt = now() + OFFER_LIFE_SECONDS
  const offer = { purpose: 'add-passkey', approver: approver.id, request: null, expiresAt } as const
  await store.offer({ ...offer, challenge: base64urlEncode(challenge), context: { label } })
  await store.offer({ ...offer, challenge: gesture.challenge, context: {} })
  const { name: rpName, rpId } = config
  const person = { approver: approver.id, name: approver.name ?? 'Approver' }
  return ok({
    creation: await creationOptions({ rpName, rpId, ...person, challenge, existing }),
    request: gesture.options,
  })
}

/** Refuses: `forbidden` for another person's passkey, `consent_invalid`. */
export async function addPasskey(
  deps: PeopleNeeds,
  approver: Approver,
  answer: { readonly assertion: unknown; readonly registration: unknown },
): Promise<Result<Passkey>> {
  const existing = await authorisingPasskey(deps, approver, answer.assertion)
  if (!existing.ok) return existing
  const passkey = await registeredPasskey(deps, approver, answer.registration)
  if (!passkey.ok) return passkey
  const members = {
    approver: approver.id,
    ...(await passkeyMembers(passkey.value)),
    authorised_by: existing.value.key.kid,
  }
  const entry = await prepareEntry('credential.added', deps.now(), newTrace(deps.randomBytes), members)
  const { verdict } = await deps.store.addPasskey({ passkey: passkey.value, entries: [entry] })
  if (verdict === 'added') return passkey
  return alreadyEnrolled()
}

export const passkeyMembers = async (passkey: Passkey): Promise<EntryMembers> => ({
  credential: await hashSecret(passkey.credentialId),
  public_key: { ...passkey.key },
  aaguid: passkey.aaguid,
  backed_up: passkey.backedUp,
  transports: [...passkey.transports],
})

async function authorisingPasskey(
  { config, store, now }: PeopleNeeds,
  approver: Approver,
  untrusted: unknown,
): Promise<Result<Passkey>> {
  const assertion = parseAssertionResponse(untrusted)
  if (!assertion.ok) return assertion
  const { challenge, credentialId } = assertion.value
  const passkey = await store.passkey(credentialId)
  if (passkey?.approver !== approver.id) return refuse('forbidden', 'Confirm with one of your own passkeys.')
  const offer = await store.takeOffer({ challenge, purpose: 'add-passkey', now: now() })
  if (offer?.approver !== approver.id) return attemptOver()
  const gesture = await verifyGesture(assertion.value, base64urlDecode(challenge), passkey, config)
  return gesture.ok ? ok(passkey) : gesture
}

async function registeredPasskey(
  { config, store, now }: PeopleNeeds,
  approver: Approver,
  registration: unknown,
): Promise<Result<Passkey>> {
  const challenge = challengeOfRegistration(registration)
  if (challenge === undefined) return attemptOver()
  const offer = await store.takeOffer({ challenge, purpose: 'add-passkey', now: now() })
  if (offer?.approver !== approver.id || !offer.context.label) return attemptOver()
  const owner = { approver: approver.id, label: offer.context.label }
  return verifyRegistration(registration, offer.challenge, owner, config, now())
}

/** Refuses: `not_found`; `forbidden` for the last passkey of the last admin. */
export async function revokePasskey(
  { store, now, randomBytes }: Pick<PeopleNeeds, 'store' | 'now' | 'randomBytes'>,
  approver: Approver,
  credentialId: string,
): Promise<Result<true>> {
  const passkey = await store.passkey(credentialId)
  if (passkey?.approver !== approver.id) return refuse('not_found', 'You have no such passkey.')
  const members = { approver: approver.id, credential: await hashSecret(credentialId), key: passkey.key.kid }
  const cause = await prepareEntry('credential.revoked', now(), newTrace(randomBytes), members)
  const { verdict } = await store.revokePasskey({
    credentialId,
    approver: approver.id,
    at: now(),
    entriesFor: (ended) => revocationEntries(cause, ended),
  })
  switch (verdict) {
    case 'revoked':
      return ok(true)
    case 'unknown':
      return refuse('not_found', 'You have no such passkey, or it is revoked already.')
    case 'last_admin_key':
      return refuse(
        'forbidden',
        'This is the last passkey of the last admin. Add another passkey, or another admin, first.',
      )
  }
}
