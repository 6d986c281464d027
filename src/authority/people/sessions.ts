/**
 * Signing in with a passkey, and the session that follows.
 *
 * In: a passkey's assertion, or a secret. Out: the person behind it, or a refusal. A session can look, deny and stop; it
 * cannot consent. SPEC 3, 10.
 */
import { base64urlDecode, base64urlEncode, type JsonObject } from '@countersign/verifier'
import { parseAssertionResponse } from '../../domain/consent/assertion-response.ts'
import { assertionGesture } from '../../domain/consent/gesture.ts'
import { verifyGesture } from '../../domain/consent/verify-consent.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import type { Approver, Caller, Passkey } from '../../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { CallerStore, OfferStore, PeopleStore } from '../../store/contract/identity-store.ts'
import type { Deps } from '../deps.ts'

/** The time in which a passkey has to answer. */
export const OFFER_LIFE_SECONDS = 300

export interface NewSession {
  readonly approver: Approver
  /** The cookie's secret; only its hash is kept. */
  readonly session: string
  readonly expiresAt: number
}

export type PeopleNeeds = Pick<Deps, 'config' | 'log' | 'now' | 'randomBytes'> & {
  readonly store: PeopleStore & OfferStore
}

/** The software that calls with this credential. */
export const callerOfSecret = async (
  { store, now }: Pick<Deps, 'now'> & { readonly store: CallerStore },
  secret: string,
): Promise<Caller | undefined> => store.authenticate({ hash: await hashSecret(secret), now: now() })

/** The person whose session this is. */
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
  const challenge = await signInChallenge(deps, expiresAt, deps.randomBytes(12))
  const { options } = await assertionGesture(deps.config.rpId, challenge, [])
  return ok(options)
}

/** The expiry in 4 bytes, 12 random bytes, and 16 bytes that mark both as made here. */
async function signInChallenge({ notifyKeys }: SignInNeeds, expiresAt: number, random: Uint8Array) {
  const challenge = new Uint8Array(32)
  new DataView(challenge.buffer).setUint32(0, expiresAt)
  challenge.set(random, 4)
  challenge.set((await notifyKeys.signInMark(challenge.slice(0, 16))).slice(0, 16), 16)
  return challenge
}

/** When the challenge expires; undefined for one that was not made here, or has expired. */
async function expiryOf(deps: SignInNeeds, challenge: string): Promise<number | undefined> {
  const bytes = base64urlDecode(challenge)
  if (bytes.length !== 32) return undefined
  const expiresAt = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  const own = base64urlEncode(await signInChallenge(deps, expiresAt, bytes.slice(4, 16)))
  // Hashed, so that the time of the comparison tells nothing about the mark.
  const isOwn = (await hashSecret(own)) === (await hashSecret(challenge))
  return isOwn && expiresAt > deps.now() ? expiresAt : undefined
}

const tooManyAttempts = (waitSeconds: number) =>
  refuse('rate_limited', `Too many attempts. Try again in ${waitSeconds} s.`, { retryAfterSeconds: waitSeconds })
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
  if (waitSeconds !== null) return tooManyAttempts(waitSeconds)
  if (!assertion.ok) return assertion
  const { challenge } = assertion.value
  const expiresAt = passkey && (await expiryOf(deps, challenge))
  if (!expiresAt) return signInFailed()
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
