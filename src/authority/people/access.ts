/**
 * People: the first admin, invitations, enrolment, sign-in, and one's own passkeys.
 *
 * In: secrets and passkey answers from the doors. Out: results or tagged refusals.
 * Nobody is enrolled without an invitation that an admin's passkey consented to, but the first admin, whose entry says
 * `bootstrap: true`. A session can look, deny and stop; it cannot consent. SPEC 3, 10.
 */
import { base64urlDecode, base64urlEncode, type JsonObject, sha256 } from '@countersign/verifier'
import { newTrace } from '../../domain/approval/approval-request.ts'
import { readAssertion } from '../../domain/consent/assertion.ts'
import { assertionGesture } from '../../domain/consent/gesture.ts'
import { challengeOfRegistration, creationOptions, verifyRegistration } from '../../domain/consent/registration.ts'
import { verifyGesture } from '../../domain/consent/verify-consent.ts'
import { hashCredential } from '../../domain/identity/credential.ts'
import { isOwnAgent } from '../../domain/identity/own-agents.ts'
import type { Approver, Caller, Passkey } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { preparePayload } from '../../domain/ledger/payload.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Invitation } from '../../store/contract/identity-store.ts'
import { INVITATION_LIFE_SECONDS } from '../changes/invite-approver.ts'
import type { Deps } from '../deps.ts'
import { revocationEntries } from '../stop/revoked.ts'

export interface SignedIn {
  readonly approver: Approver
  /** The cookie's secret; only its hash is kept. */
  readonly session: string
  readonly expiresAt: number
}

/** People, passkeys and sessions (access.ts). */
export interface Access {
  readonly caller: (secret: string) => Promise<Caller | undefined>
  readonly session: (secret: string) => Promise<Approver | undefined>
  readonly signInOptions: () => Promise<Result<JsonObject>>
  readonly signIn: (assertion: unknown) => Promise<Result<SignedIn>>
  readonly signOut: (secret: string) => Promise<void>
  readonly invitation: (secret: string) => Promise<
    Result<{
      readonly bootstrap: boolean
      readonly name: string | null
      readonly roles: readonly string[]
      readonly expiresAt: number
      readonly registered: { readonly agents: readonly string[]; readonly executors: readonly string[] }
    }>
  >
  readonly enrolOptions: (secret: string, name: string, label?: string) => Promise<Result<JsonObject>>
  readonly enrol: (secret: string, registration: unknown) => Promise<Result<SignedIn>>
  readonly passkeys: (approver: Approver) => Promise<readonly Passkey[]>
  /** `{ creation, request }`: options for the new passkey, and for the existing one that authorises it. */
  readonly addPasskeyOptions: (approver: Approver, label?: string) => Promise<Result<JsonObject>>
  readonly addPasskey: (approver: Approver, assertion: unknown, registration: unknown) => Promise<Result<Passkey>>
  readonly revokePasskey: (approver: Approver, credentialId: string) => Promise<Result<true>>
  /** The one-time link for the first admin, 15 minutes long; null once there is an admin. */
  readonly bootstrapLink: () => Promise<string | null>
}

const OFFER_LIFE_SECONDS = 300

const hashOf = async (secret: string): Promise<string> => base64urlEncode(await sha256(secret))
const gone = () => refuse('not_found', 'This link has been used or has ended. Ask an admin for a new one.')

export function createAccess(deps: Deps): Access {
  const { config, store, limits, log, now } = deps
  const party = { rpId: config.rpId, origin: config.origin }
  const random = (count: number) => base64urlEncode(deps.randomBytes(count))

  // ── sign in ──────────────────────────────────────────────────────────────

  async function signInOptions(): Promise<Result<JsonObject>> {
    const { challenge, options } = await assertionGesture(config.rpId, deps.randomBytes(32), [])
    const expiresAt = now() + OFFER_LIFE_SECONDS
    await store.offer({ challenge, purpose: 'sign-in', approver: null, request: null, context: {}, expiresAt })
    return ok(options)
  }

  async function signIn(untrusted: unknown): Promise<Result<SignedIn>> {
    const failed = refuse('consent_invalid', 'This passkey did not sign in. Start again.')
    const assertion = readAssertion(untrusted)
    if (!assertion.ok) return assertion
    const offer = await store.takeOffer(assertion.value.challenge, 'sign-in', now())
    const passkey = offer && (await store.passkey(assertion.value.credentialId))
    if (!passkey) return failed
    const gesture = await verifyGesture(assertion.value, base64urlDecode(assertion.value.challenge), passkey, party)
    if (!gesture.ok) return failed
    const approver = await store.approver(passkey.approver)
    if (!approver || approver.removedAt !== null) return failed
    return startSession(approver, { credentialId: passkey.credentialId, ...gesture.value })
  }

  async function startSession(
    approver: Approver,
    used: { readonly credentialId: string; readonly counter: number; readonly backedUp: boolean },
  ): Promise<Result<SignedIn>> {
    const session = random(32)
    const expiresAt = now() + config.sessionTtlSeconds
    const row = { hash: await hashOf(session), approver: approver.id, createdAt: now(), expiresAt }
    if (!(await store.startSession(row, { ...used, at: now() }))) {
      return refuse('consent_invalid', 'This passkey did not sign in. Start again.')
    }
    log.info('session.started', { approver: approver.id })
    return ok({ approver, session, expiresAt })
  }

  // ── enrol ────────────────────────────────────────────────────────────────

  async function invitation(secret: string) {
    const found = await store.invitation(await hashOf(secret), now())
    if (!found) return gone()
    return ok({
      bootstrap: found.bootstrap,
      name: found.name,
      roles: found.roles,
      expiresAt: found.expiresAt,
      registered: found.bootstrap ? await registered() : { agents: [], executors: [] },
    })
  }

  /** What was added before there was an admin: the first one should see it. */
  async function registered() {
    const [agents, executors] = await Promise.all([store.listAgents(), store.listExecutors()])
    return {
      agents: agents.filter((agent) => agent.revokedAt === null && !isOwnAgent(agent.id)).map((agent) => agent.id),
      executors: executors
        .filter((executor) => executor.revokedAt === null && executor.audience !== config.origin)
        .map((executor) => executor.audience),
    }
  }

  async function enrolOptions(secret: string, name: string, label = 'Passkey'): Promise<Result<JsonObject>> {
    const hash = await hashOf(secret)
    const invited = await store.invitation(hash, now())
    if (!invited) return gone()
    // Whom an admin invited by name enrols under that name, and nobody else's.
    const person = invited.name ?? name
    const challenge = deps.randomBytes(32)
    const approver = random(16)
    await store.offer({
      challenge: base64urlEncode(challenge),
      purpose: 'enrol',
      approver: null,
      request: null,
      context: { invitation: hash, userHandle: approver, name: person, label },
      expiresAt: now() + OFFER_LIFE_SECONDS,
    })
    const input = { rpName: config.name, rpId: config.rpId, approver, name: person, challenge, existing: [] }
    return ok(await creationOptions(input))
  }

  async function enrol(secret: string, registration: unknown): Promise<Result<SignedIn>> {
    const stale = refuse('consent_invalid', 'This attempt is over. Load the page again.')
    const challenge = challengeOfRegistration(registration)
    const offer = challenge === undefined ? undefined : await store.takeOffer(challenge, 'enrol', now())
    const hash = await hashOf(secret)
    const { userHandle, name, label } = offer?.context ?? {}
    if (!offer || offer.context.invitation !== hash || !userHandle || !name) return stale
    const invited = await store.invitation(hash, now())
    if (!invited) return gone()
    const owner = { approver: userHandle, label: label ?? 'Passkey' }
    const passkey = await verifyRegistration(registration, offer.challenge, owner, party, now())
    if (!passkey.ok) return passkey
    return enrolPerson(invited, { id: userHandle, name }, passkey.value)
  }

  async function enrolPerson(
    invited: Invitation,
    person: { id: string; name: string },
    passkey: Passkey,
  ): Promise<Result<SignedIn>> {
    const at = now()
    const payload = await preparePayload(person.id, 'person', { name: person.name }, random(16))
    const trace = newTrace(deps.randomBytes)
    const authorised = {
      ...(invited.bootstrap ? { bootstrap: true } : {}),
      ...(invited.invitedBy === null ? {} : { invited_by: invited.invitedBy }),
      ...(invited.request === null ? {} : { request: invited.request }),
    }
    const entries = [
      await prepareEntry('approver.enrolled', at, trace, {
        approver: person.id,
        roles: [...invited.roles],
        payloads: [payload.digest],
        ...authorised,
      }),
      await prepareEntry('credential.added', at, trace, {
        approver: person.id,
        ...(await passkeyMembers(passkey)),
        ...authorised,
      }),
    ]
    const approver = { id: person.id, roles: invited.roles, createdAt: at, removedAt: null }
    const verdict = await store.enrolApprover({
      invitation: invited.hash,
      approver,
      person: payload,
      passkey,
      entries,
      now: at,
    })
    if (verdict === 'invitation_gone') return gone()
    if (verdict === 'credential_exists')
      return refuse('consent_invalid', 'This passkey is enrolled already. Use another one.')
    log.info('approver.enrolled', { approver: person.id, bootstrap: invited.bootstrap })
    const { credentialId, counter, backedUp } = passkey
    return startSession({ ...approver, name: person.name }, { credentialId, counter, backedUp })
  }

  // ── own passkeys ─────────────────────────────────────────────────────────

  async function addPasskeyOptions(approver: Approver, label = 'Passkey'): Promise<Result<JsonObject>> {
    const waitSeconds = await limits.take('approver', approver.id)
    if (waitSeconds !== null)
      return refuse('rate_limited', 'Too many attempts. Wait a little.', { retryAfterSeconds: waitSeconds })
    const challenge = deps.randomBytes(32)
    const mine = (await store.passkeysOf(approver.id)).filter((passkey) => passkey.revokedAt === null)
    const existing = await assertionGesture(config.rpId, deps.randomBytes(32), mine)
    const common = {
      purpose: 'add-passkey',
      approver: approver.id,
      request: null,
      expiresAt: now() + OFFER_LIFE_SECONDS,
    } as const
    await store.offer({ ...common, challenge: base64urlEncode(challenge), context: { label } })
    await store.offer({ ...common, challenge: existing.challenge, context: {} })
    const person = { approver: approver.id, name: approver.name ?? 'Approver' }
    const creation = await creationOptions({
      rpName: config.name,
      rpId: config.rpId,
      ...person,
      challenge,
      existing: mine,
    })
    return ok({ creation, request: existing.options })
  }

  async function addPasskey(approver: Approver, untrusted: unknown, registration: unknown): Promise<Result<Passkey>> {
    const stale = refuse('consent_invalid', 'This attempt is over. Load the page again.')
    const assertion = readAssertion(untrusted)
    if (!assertion.ok) return assertion
    const existing = await store.passkey(assertion.value.credentialId)
    if (!existing || existing.approver !== approver.id)
      return refuse('forbidden', 'Confirm with one of your own passkeys.')
    const asked = await store.takeOffer(assertion.value.challenge, 'add-passkey', now())
    if (asked?.approver !== approver.id) return stale
    const gesture = await verifyGesture(assertion.value, base64urlDecode(assertion.value.challenge), existing, party)
    if (!gesture.ok) return gesture
    const challenge = challengeOfRegistration(registration)
    const offer = challenge === undefined ? undefined : await store.takeOffer(challenge, 'add-passkey', now())
    if (!offer || offer.approver !== approver.id || !offer.context.label) return stale
    const owner = { approver: approver.id, label: offer.context.label }
    const passkey = await verifyRegistration(registration, offer.challenge, owner, party, now())
    if (!passkey.ok) return passkey
    const members = { approver: approver.id, ...(await passkeyMembers(passkey.value)), authorised_by: existing.key.kid }
    const verdict = await store.addPasskey(passkey.value, [
      await prepareEntry('credential.added', now(), newTrace(deps.randomBytes), members),
    ])
    if (verdict === 'added') return passkey
    return refuse('consent_invalid', 'This passkey is enrolled already. Use another one.')
  }

  async function revokePasskey(approver: Approver, credentialId: string): Promise<Result<true>> {
    const passkey = await store.passkey(credentialId)
    if (!passkey || passkey.approver !== approver.id) return refuse('not_found', 'You have no such passkey.')
    const members = { approver: approver.id, credential: await hashOf(credentialId), key: passkey.key.kid }
    const cause = await prepareEntry('credential.revoked', now(), newTrace(deps.randomBytes), members)
    const verdict = await store.revokePasskey(credentialId, approver.id, now(), (ended) =>
      revocationEntries(cause, ended),
    )
    if (verdict === 'revoked') return ok(true)
    if (verdict === 'unknown') return refuse('not_found', 'You have no such passkey, or it is revoked already.')
    return refuse(
      'forbidden',
      'This is the last passkey of the last admin. Add another passkey, or another admin, first.',
    )
  }

  /** The one-time link for the first admin: works once, for 15 minutes, and only while there is no admin. */
  async function bootstrapLink(): Promise<string | null> {
    const secret = random(32)
    const invited: Invitation = {
      hash: await hashOf(secret),
      bootstrap: true,
      name: null,
      roles: ['admin', 'approver'],
      invitedBy: null,
      request: null,
      createdAt: now(),
      expiresAt: now() + INVITATION_LIFE_SECONDS,
    }
    return (await store.offerBootstrap(invited)) === 'offered' ? `${config.origin}/enrol#${secret}` : null
  }

  return {
    caller: async (secret) => store.authenticate(await hashCredential(secret), now()),
    session: async (secret) => store.session(await hashOf(secret), now()),
    signInOptions,
    signIn,
    signOut: async (secret) => store.endSession(await hashOf(secret)),
    invitation,
    enrolOptions,
    enrol,
    passkeys: (approver) => store.passkeysOf(approver.id),
    addPasskeyOptions,
    addPasskey,
    revokePasskey,
    bootstrapLink,
  }
}

/** What the ledger holds of an enrolled passkey: enough to check its signatures, nothing that names a person. */
async function passkeyMembers(passkey: Passkey) {
  return {
    credential: await hashOf(passkey.credentialId),
    public_key: JSON.parse(JSON.stringify(passkey.key)),
    aaguid: passkey.aaguid,
    backed_up: passkey.backedUp,
    transports: [...passkey.transports],
  }
}
