/**
 * Sign-in with a passkey, and the session that follows. A session can read, deny and stop; it cannot consent. SPEC 3,
 * 10.
 */
import { base64urlDecode, base64urlEncode, type JsonObject } from '@countersign/verifier'
import { parseAssertionResponse } from '../../domain/consent/assertion-response.ts'
import { assertionGesture } from '../../domain/consent/gesture.ts'
import { BACKUP_FLAGS, verifyGesture } from '../../domain/consent/verify-consent.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import { type Approver, type Caller, isPresent, type Passkey, type SignedIn } from '../../domain/identity/parties.ts'
import { ok, type Refusal, type Result, refuse, refused } from '../../domain/refusal.ts'
import type { CallerStore, OfferStore, PeopleStore } from '../../store/contract/identity-store.ts'
import type { Deps, Uses } from '../deps.ts'
import { newId } from '../new-id.ts'
import { tooMany } from '../refusals.ts'
import { expiryOfChallenge, signInChallenge } from './sign-in-challenge.ts'

/** The time in which a passkey has to answer. */
export const OFFER_LIFE_SECONDS = 300

export interface NewSession {
  readonly approver: Approver
  /** The cookie's secret; only its hash is kept. */
  readonly session: string
  readonly expiresAt: number
}

export type PeopleNeeds = Uses<PeopleStore & OfferStore, 'config' | 'log' | 'now' | 'randomBytes'>

export const callerOfSecret = async (
  { store, now }: Uses<CallerStore, 'now'>,
  secret: string,
): Promise<Caller | undefined> => store.authenticate({ hash: await hashSecret(secret), now: now() })

export const personOfSession = async (
  { store, now }: Pick<PeopleNeeds, 'now' | 'store'>,
  secret: string,
): Promise<SignedIn | undefined> => store.session({ hash: await hashSecret(secret), now: now() })

export const signOut = async ({ store }: Pick<PeopleNeeds, 'store'>, secret: string): Promise<void> =>
  store.endSession(await hashSecret(secret))

export interface OwnSession {
  readonly id: string
  /** Label of the passkey that it was begun with. */
  readonly passkey: string
  readonly createdAt: number
  readonly expiresAt: number
  /** It is the one that asks. */
  readonly current: boolean
}

export async function listSessions(
  { store, now }: Pick<PeopleNeeds, 'store' | 'now'>,
  person: SignedIn,
): Promise<readonly OwnSession[]> {
  const [sessions, passkeys] = await Promise.all([
    store.sessionsOf({ approver: person.id, now: now() }),
    store.passkeysOf(person.id),
  ])
  const labels = new Map(passkeys.map(({ credentialId, label }) => [credentialId, label]))
  return sessions.map(({ id, credentialId, createdAt, expiresAt }) => {
    const passkey = labels.get(credentialId) ?? 'Passkey'
    return { id, passkey, createdAt, expiresAt, current: id === person.session }
  })
}

type SignInNeeds = PeopleNeeds & Pick<Deps, 'limits' | 'notifyKeys'>

/**
 * PublicKeyCredentialRequestOptionsJSON for any passkey of this authority. Nothing is stored for a stranger: the
 * challenge carries its own expiry and mark.
 */
export async function signInOptions(deps: SignInNeeds): Promise<Result<JsonObject>> {
  const expiresAt = deps.now() + OFFER_LIFE_SECONDS
  const challenge = await signInChallenge(deps.notifyKeys, expiresAt, deps.randomBytes(12))
  const { options } = assertionGesture(deps.config.rpId, challenge, [])
  return ok(options)
}

const signInFailed = () =>
  refuse(
    'consent_invalid',
    'This passkey opens nothing here: try again, or ask an admin whether you were suspended or removed, or your passkey revoked.',
  )

/**
 * A passkey that signs is counted by itself, every other attempt by its address: whoever cannot sign uses up nobody's
 * attempts, also where they know the passkey's id. Refuses: `consent_invalid`, `rate_limited`.
 */
export async function signIn(deps: SignInNeeds, untrusted: unknown, from: string): Promise<Result<NewSession>> {
  const gesture = await signInGesture(deps, untrusted)
  const { limits } = deps
  const waitSeconds = await (gesture.ok
    ? limits.take('approver', `${gesture.value.credentialId} signs in`)
    : limits.take('anonymous', from))
  if (waitSeconds !== null) return tooMany(waitSeconds)
  if (!gesture.ok) return gesture
  const { challenge, expiresAt, approver: id, ...passkey } = gesture.value
  // Kept until it expires: each challenge signs in once.
  const used = { challenge, purpose: 'sign-in', approver: id, request: null, context: {} } as const
  if (!(await deps.store.offer({ ...used, expiresAt }))) return signInFailed()
  const approver = await deps.store.approver(id)
  if (!approver || !isPresent(approver)) return signInFailed()
  return startSession(deps, approver, passkey)
}

async function signInGesture(deps: SignInNeeds, untrusted: unknown) {
  const { config, store } = deps
  const assertion = parseAssertionResponse(untrusted)
  if (!assertion.ok) return assertion
  const { challenge, credentialId } = assertion.value
  const expiresAt = await expiryOfChallenge(deps.notifyKeys, challenge)
  const passkey = expiresAt && expiresAt > deps.now() ? await store.passkey(credentialId) : undefined
  if (!passkey || !expiresAt) return signInFailed()
  const gesture = await verifyGesture(assertion.value, base64urlDecode(challenge), passkey, config)
  if (!gesture.ok) return refusedSignIn(deps, passkey.approver, gesture.refusal)
  return ok({ challenge, expiresAt, credentialId, approver: passkey.approver, ...gesture.value })
}

/** Says more than that it failed only to the passkey itself: where it signed, and its device changed its flags. */
function refusedSignIn({ log }: SignInNeeds, approver: string, refusal: Refusal) {
  log.warn('passkey.refused', { approver, code: refusal.code, cause: refusal.cause ?? 'counter or id' })
  return refusal.cause === BACKUP_FLAGS ? refused(refusal) : signInFailed()
}

export async function startSession(
  { config, store, log, now, randomBytes }: PeopleNeeds,
  approver: Approver,
  { credentialId, counter, backedUp }: Pick<Passkey, 'credentialId' | 'counter' | 'backedUp'>,
): Promise<Result<NewSession>> {
  const secret = base64urlEncode(randomBytes(32))
  const createdAt = now()
  const expiresAt = createdAt + config.sessionTtlSeconds
  const id = newId(randomBytes)
  const session = { hash: await hashSecret(secret), id, approver: approver.id, credentialId, createdAt, expiresAt }
  const passkey = { credentialId, counter, backedUp, at: createdAt }
  if (!(await store.startSession({ session, passkey }))) return signInFailed()
  log.info('session.started', { approver: approver.id })
  return ok({ approver, session: secret, expiresAt })
}
