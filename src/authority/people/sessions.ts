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
import type { Uses } from '../deps.ts'

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

/** PublicKeyCredentialRequestOptionsJSON for any passkey of this authority. */
export async function signInOptions({ config, store, now, randomBytes }: PeopleNeeds): Promise<Result<JsonObject>> {
  const { challenge, options } = await assertionGesture(config.rpId, randomBytes(32), [])
  const expiresAt = now() + OFFER_LIFE_SECONDS
  await store.offer({ challenge, purpose: 'sign-in', approver: null, request: null, context: {}, expiresAt })
  return ok(options)
}

const signInFailed = () => refuse('consent_invalid', 'This passkey did not sign in. Start again.')

/** Refuses: `consent_invalid`. */
export async function signIn(deps: PeopleNeeds, untrusted: unknown): Promise<Result<NewSession>> {
  const { config, store, now } = deps
  const assertion = parseAssertionResponse(untrusted)
  if (!assertion.ok) return assertion
  const { challenge, credentialId } = assertion.value
  const offer = await store.takeOffer({ challenge, purpose: 'sign-in', now: now() })
  const passkey = offer && (await store.passkey(credentialId))
  if (!passkey) return signInFailed()
  const gesture = await verifyGesture(assertion.value, base64urlDecode(challenge), passkey, config)
  if (!gesture.ok) return signInFailed()
  const approver = await store.approver(passkey.approver)
  if (!approver || approver.removedAt !== null) return signInFailed()
  return startSession(deps, approver, { credentialId, ...gesture.value })
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
