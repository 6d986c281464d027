/**
 * Enrolling a person with their first passkey, by the one-time link of an invitation. Each invitation was consented to
 * by an admin's passkey; only the first admin's was not, and that enrolment's entries say `bootstrap: true`. SPEC 3,
 * 10.
 */
import { base64urlEncode, type JsonObject } from '@countersign/verifier'
import { newTrace } from '../../domain/approval/approval-request.ts'
import { challengeOfRegistration, creationOptions, verifyRegistration } from '../../domain/consent/registration.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import { isOwnAgent } from '../../domain/identity/own-agents.ts'
import type { Passkey } from '../../domain/identity/parties.ts'
import { type PreparedEntry, prepareEntry } from '../../domain/ledger/entry.ts'
import { type Payload, preparePayload } from '../../domain/ledger/payload.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { CallerStore, Invitation } from '../../store/contract/identity-store.ts'
import { INVITATION_LIFE_SECONDS } from '../changes/party-changes.ts'
import type { Uses } from '../deps.ts'
import { newId } from '../new-id.ts'
import { alreadyEnrolled, attemptOver, passkeyMembers } from './own-passkeys.ts'
import { type NewSession, OFFER_LIFE_SECONDS, type PeopleNeeds, startSession } from './sessions.ts'

const linkGone = () => refuse('not_found', 'This link has been used or has ended. Ask an admin for a new one.')

/** The one-time link for the first admin: it works once, for 15 minutes. Null once there is an admin. */
export async function firstAdminLink({ config, store, now, randomBytes }: PeopleNeeds): Promise<string | null> {
  const secret = base64urlEncode(randomBytes(32))
  const createdAt = now()
  const { verdict } = await store.offerBootstrap({
    hash: await hashSecret(secret),
    bootstrap: true,
    name: null,
    roles: ['admin', 'approver'],
    invitedBy: null,
    request: null,
    createdAt,
    expiresAt: createdAt + INVITATION_LIFE_SECONDS,
  })
  return verdict === 'offered' ? `${config.origin}/enrol#${secret}` : null
}

type InvitationNeeds = Pick<PeopleNeeds, 'config' | 'now'> & Uses<PeopleNeeds['store'] & CallerStore>

/** The invitation behind a link; the first admin's shows what was registered before. Refuses: `not_found`. */
export async function viewInvitation(deps: InvitationNeeds, secret: string) {
  const found = await invitationOf(deps, secret)
  if (!found) return linkGone()
  const { bootstrap, name, roles, expiresAt } = found
  const registered = bootstrap ? await registeredParties(deps) : { agents: [], executors: [] }
  return ok({ bootstrap, name, roles, expiresAt, registered })
}

const invitationOf = async ({ store, now }: Pick<PeopleNeeds, 'store' | 'now'>, secret: string) =>
  store.invitation({ hash: await hashSecret(secret), now: now() })

async function registeredParties({ config, store }: InvitationNeeds) {
  const [agents, executors] = await Promise.all([store.listAgents(), store.listExecutors()])
  return {
    agents: agents.filter(({ id, revokedAt }) => revokedAt === null && !isOwnAgent(id)).map(({ id }) => id),
    executors: executors
      .filter(({ audience, revokedAt }) => revokedAt === null && audience !== config.origin)
      .map(({ audience }) => audience),
  }
}

export interface EnrolmentStart {
  readonly invitation: string
  /** Counts only where the invitation names nobody: a person is enrolled under the name that an admin consented to. */
  readonly name: string
  readonly label?: string | undefined
}

/** PublicKeyCredentialCreationOptionsJSON for a first passkey. Refuses: `not_found`. */
export async function enrolOptions(deps: PeopleNeeds, start: EnrolmentStart): Promise<Result<JsonObject>> {
  const { config, store, now, randomBytes } = deps
  const invited = await invitationOf(deps, start.invitation)
  if (!invited) return linkGone()
  const name = invited.name ?? start.name
  const challenge = randomBytes(32)
  const approver = newId(randomBytes)
  await store.offer({
    challenge: base64urlEncode(challenge),
    purpose: 'enrol',
    approver: null,
    request: null,
    context: { invitation: invited.hash, userHandle: approver, name, label: start.label ?? 'Passkey' },
    expiresAt: now() + OFFER_LIFE_SECONDS,
  })
  const { name: rpName, rpId } = config
  return ok(await creationOptions({ rpName, rpId, approver, name, challenge, existing: [] }))
}

/** Refuses: `consent_invalid`, `not_found`. */
export async function enrol(
  deps: PeopleNeeds,
  answer: { readonly invitation: string; readonly registration: unknown },
): Promise<Result<NewSession>> {
  const { config, store, now } = deps
  const challenge = challengeOfRegistration(answer.registration)
  const offer = challenge === undefined ? undefined : await store.takeOffer({ challenge, purpose: 'enrol', now: now() })
  const { invitation, userHandle, name, label = 'Passkey' } = offer?.context ?? {}
  const hash = await hashSecret(answer.invitation)
  if (!offer || invitation !== hash || !userHandle || !name) return attemptOver()
  const invited = await store.invitation({ hash, now: now() })
  if (!invited) return linkGone()
  const owner = { approver: userHandle, label }
  const passkey = await verifyRegistration(answer.registration, offer.challenge, owner, config, now())
  if (!passkey.ok) return passkey
  return enrolPerson(deps, { invited, id: userHandle, name, passkey: passkey.value, at: now() })
}

interface NewPerson {
  readonly invited: Invitation
  readonly id: string
  readonly name: string
  readonly passkey: Passkey
  readonly at: number
}

async function enrolPerson(deps: PeopleNeeds, newPerson: NewPerson): Promise<Result<NewSession>> {
  const { store, log, randomBytes } = deps
  const { invited, id, name, passkey, at } = newPerson
  const person = await preparePayload(id, 'person', { name }, base64urlEncode(randomBytes(16)))
  const approver = { id, roles: invited.roles, createdAt: at, removedAt: null }
  const { verdict } = await store.enrolApprover({
    invitation: invited.hash,
    approver,
    person,
    passkey,
    entries: await enrolmentEntries(newPerson, person, newTrace(randomBytes)),
    now: at,
  })
  if (verdict === 'invitation_gone') return linkGone()
  if (verdict === 'credential_exists') return alreadyEnrolled()
  log.info('approver.enrolled', { approver: id, bootstrap: invited.bootstrap })
  return startSession(deps, { ...approver, name }, passkey)
}

async function enrolmentEntries(
  { invited, id, passkey, at }: NewPerson,
  person: Payload,
  trace: string,
): Promise<readonly PreparedEntry[]> {
  const authorised = {
    approver: id,
    ...(invited.bootstrap ? { bootstrap: true } : {}),
    ...(invited.invitedBy === null ? {} : { invited_by: invited.invitedBy }),
    ...(invited.request === null ? {} : { request: invited.request }),
  }
  const members = { ...authorised, roles: [...invited.roles], payloads: [person.digest] }
  const credential = { ...authorised, ...(await passkeyMembers(passkey)) }
  return [
    await prepareEntry('approver.enrolled', at, trace, members),
    await prepareEntry('credential.added', at, trace, credential),
  ]
}
