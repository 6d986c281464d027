/**
 * Signing in with a passkey, and the session that follows. A session can look, deny and stop; it cannot consent. SPEC
 * 3, 10.
 */
import { base64urlDecode, base64urlEncode, type JsonObject } from '@countersign/verifier'
import { parseAssertionResponse } from '../../domain/consent/assertion-response.ts'
import { assertionGesture } from '../../domain/consent/gesture.ts'
import { verifyGesture } from '../../domain/consent/verify-consent.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import type { Approver, Caller, Passkey } from '../../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { CallerStore, OfferStore, PeopleStore } from '../../store/contract/identity-store.ts'
import type { Deps, Uses } from '../deps.ts'
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
): Promise<Approver | undefined> => store.session({ hash: await hashSecret(secret), now: now() })

export const signOut = async ({ store }: Pick<PeopleNeeds, 'store'>, secret: string): Promise<void> =>
  store.endSession(await hashSecret(secret))

type SignInNeeds = PeopleNeeds & Pick<Deps, 'limits' | 'notifyKeys'>

/**
 * PublicKeyCredentialRequestOptionsJSON for any passkey of this authority. Nothing is stored for a stranger: the
 * challenge carries its own expiry and mark.
 */
export async function signInOptions(deps: SignInNeeds): Promise<Result<JsonObject>> {
  const expiresAt = deps.now() + OFFER_LIFE_SECONDS
  const challenge = await signInChallenge(deps.notifyKeys, expiresAt, deps.randomBytes(12))
  const { options } = await assertionGesture(deps.config.rpId, challenge, [])
  return ok(options)
}

const signInFailed = () => refuse('consent_invalid', 'This passkey did not sign in. Start again.')

/**
 * A known passkey is counted by itself, an unknown one by the address: strangers use up nobody else's attempts.
 * Refuses: `consent_invalid`, `rate_limited`.
 */
export async function signIn(deps: SignInNeeds, untrusted: unknown, from: string): Promise<Result<NewSession>> {
  const { config, store, limits } = deps
  const assertion = parseAssertionResponse(untrusted)
  const passkey = assertion.ok ? await store.passkey(assertion.value.credentialId) : undefined
  const waitSeconds = await (passkey
    ? limits.take('approver', `${passkey.credentialId} signs in`)
    : limits.take('anonymous', from))
  if (waitSeconds !== null) return tooMany(waitSeconds)
  if (!assertion.ok) return assertion
  const { challenge } = assertion.value
  const expiresAt = passkey && (await expiryOfChallenge(deps.notifyKeys, challenge))
  if (!expiresAt || expiresAt <= deps.now()) return signInFailed()
  const gesture = await verifyGesture(assertion.value, base64urlDecode(challenge), passkey, config)
  if (!gesture.ok) return signInFailed()
  // Kept until it expires: each challenge signs in once.
  const used = { challenge, purpose: 'sign-in', approver: passkey.approver, request: null, context: {} } as const
  if (!(await store.offer({ ...used, expiresAt }))) return signInFailed()
  const approver = await store.approver(passkey.approver)
  if (!approver || approver.removedAt !== null) return signInFailed()
  return startSession(deps, approver, { credentialId: passkey.credentialId, ...gesture.value })
}

export async function startSession(
  { config, store, log, now, randomBytes }: PeopleNeeds,
  approver: Approver,
  { credentialId, counter, backedUp }: Pick<Passkey, 'credentialId' | 'counter' | 'backedUp'>,
): Promise<Result<NewSession>> {
  const secret = base64urlEncode(randomBytes(32))
  const createdAt = now()
  const expiresAt = createdAt + config.sessionTtlSeconds
  const session = { hash: await hashSecret(secret), approver: approver.id, createdAt, expiresAt }
  const passkey = { credentialId, counter, backedUp, at: createdAt }
  if (!(await store.startSession({ session, passkey }))) return signInFailed()
  log.info('session.started', { approver: approver.id })
  return ok({ approver, session: secret, expiresAt })
}
