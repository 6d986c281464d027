/**
 * Registration of a new passkey, the same for every enrolment: one offer, whose challenge is the digest of the
 * statement that the passkey signs, and the check of the answer. A refusal is logged with its cause. SPEC 10.1.
 */
import { base64urlEncode, type Digest, type JsonObject } from '@countersign/verifier'
import { plainJson } from '../../domain/action/plain-json.ts'
import {
  type EnrolmentAnswer,
  enrolmentGestures,
  enrolmentStatement,
  type OfferedEnrolment,
  type TriedPasskey,
  verifyEnrolment,
} from '../../domain/consent/enrolment.ts'
import { challengeOfRegistration } from '../../domain/consent/registration.ts'
import { isTooSyncedFor } from '../../domain/identity/bound-keys.ts'
import type { Passkey, Role } from '../../domain/identity/parties.ts'
import { ok, type Refusal, type Result, refuse } from '../../domain/refusal.ts'
import type { Offer, OfferContext } from '../../store/contract/identity-store.ts'
import { OFFER_LIFE_SECONDS, type PeopleNeeds } from './sessions.ts'

export const alreadyEnrolled = () => refuse('consent_invalid', 'This passkey is enrolled already. Use another one.')
export const attemptOver = () => refuse('consent_invalid', 'This attempt is over. Load the page again.')

/** `options.creation` makes the passkey, which then signs by `options.request`. */
export interface NewPasskeyOffer {
  readonly statement: JsonObject
  readonly options: { readonly creation: JsonObject; readonly request: JsonObject }
}

interface OfferedTo {
  readonly purpose: 'enrol' | 'add-passkey'
  readonly approver: string | null
  readonly invitation?: string
}

interface NewKeyOwner {
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly label: string | undefined
  readonly existing: readonly Passkey[]
  readonly registered: Digest | null
  readonly print: string | null
  readonly es256Only: boolean | undefined
}

export async function offerNewPasskey(
  { config, store, now, randomBytes }: PeopleNeeds,
  { purpose, approver, ...by }: OfferedTo,
  { id, name, roles, label = 'Passkey', existing, registered, print, es256Only = false }: NewKeyOwner,
): Promise<Result<NewPasskeyOffer>> {
  const nonce = base64urlEncode(randomBytes(32))
  const statement = enrolmentStatement(config.origin, { approver: id, roles }, registered, nonce)
  const party = { rpName: config.name, rpId: config.rpId, name }
  const { challenge, options } = await enrolmentGestures({ ...party, statement, existing, es256Only })
  const context = { ...by, name, enrolment: { statement, label, es256Only, print } }
  await store.offer({ challenge, purpose, approver, request: null, context, expiresAt: now() + OFFER_LIFE_SECONDS })
  return ok({ statement: plainJson(statement), options })
}

interface TakenEnrolment {
  /** base64url. */
  readonly challenge: string
  readonly approver: string | null
  readonly context: OfferContext
  readonly enrolment: OfferedEnrolment
}

/** Takes the offer that a registration answers; undefined where it was taken, has ended, or never was. */
export async function takeEnrolment(
  { store, now }: PeopleNeeds,
  purpose: Offer['purpose'],
  registration: unknown,
): Promise<TakenEnrolment | undefined> {
  const challenge = challengeOfRegistration(registration)
  const offer = challenge === undefined ? undefined : await store.takeOffer({ challenge, purpose, now: now() })
  const enrolment = offer?.context.enrolment
  return offer && enrolment && { ...offer, enrolment }
}

/** Refuses: `consent_invalid`. */
export async function tryPasskey(
  { config, log, now }: PeopleNeeds,
  offered: OfferedEnrolment,
  answer: EnrolmentAnswer,
): Promise<Result<TriedPasskey>> {
  const tried = await verifyEnrolment(offered, answer, config, now())
  const result =
    tried.ok && isTooSyncedFor(config.deviceBoundRoles, offered.statement.roles, tried.value.passkey) ? SYNCED : tried
  if (!result.ok) logRefusedPasskey(log, offered.statement.approver, result.refusal)
  return result
}

const SYNCED = refuse(
  'consent_invalid',
  'This passkey is synced between devices, and people of your role need one that stays on one device. Nothing was enrolled. Use a security key, or a passkey that your device does not sync.',
  { cause: 'synced' },
)

export function logRefusedPasskey(log: PeopleNeeds['log'], approver: string, { code, cause }: Refusal): void {
  log.warn('passkey.refused', { approver, code, cause: cause ?? 'form' })
}
