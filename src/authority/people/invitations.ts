/**
 * One-time links: the first admin's, and what an invitation shows to the person who opens it. The first admin is shown
 * everything that was registered before, since nobody has consented to it. SPEC 3, 10.1.
 */
import { base64urlEncode } from '@countersign/verifier'
import type { RegisteredDocument } from '@countersign/verifier/authority'
import { newTrace } from '../../domain/approval/approval-request.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import { displayNameOf } from '../../domain/identity/directories.ts'
import { byMember, type Initiator, isPerson, isPresent, type Role } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { BreakGlassStore } from '../../store/contract/break-glass-store.ts'
import type { EnrolmentStore } from '../../store/contract/enrolment-store.ts'
import type { GroupStore } from '../../store/contract/group-store.ts'
import type { Invitation, PeopleStore, RegisteredParties } from '../../store/contract/identity-store.ts'
import type { ProvisioningStore } from '../../store/contract/provisioning-store.ts'
import type { Uses } from '../deps.ts'
import { openGlass } from './break-glass.ts'
import type { PeopleNeeds } from './sessions.ts'

const INVITATION_LIFE_SECONDS = 900

export const linkGone = () => refuse('not_found', 'This link has been used or has ended. Ask an admin for a new one.')

/** The one-time link for the first admin: it works once, for 15 minutes. Null once there is an admin. */
export async function firstAdminLink({ config, store, now, randomBytes }: PeopleNeeds): Promise<string | null> {
  const secret = base64urlEncode(randomBytes(32))
  const createdAt = now()
  const { verdict } = await store.offerBootstrap({
    hash: await hashSecret(secret),
    bootstrap: true,
    name: null,
    roles: ['admin', 'approver'],
    recovers: null,
    person: null,
    invitedBy: null,
    createdAt,
    expiresAt: createdAt + INVITATION_LIFE_SECONDS,
  })
  return verdict === 'offered' ? `${config.origin}/enrol#${secret}` : null
}

export interface Invited {
  readonly name: string
  readonly roles: readonly Role[]
}

export interface InvitationLink {
  readonly link: string
  readonly expiresAt: number
}

/** A link with which a person makes a passkey. It gives no right: an admin's consent to that passkey does. */
export async function invitePerson(
  { config, store, now, randomBytes }: PeopleNeeds & Uses<EnrolmentStore>,
  by: Initiator,
  { name, roles }: Invited,
): Promise<Result<InvitationLink>> {
  const invited = { name, roles, recovers: null, person: null }
  return ok(await linkFor({ config, store, now, randomBytes }, by, invited))
}

/**
 * The same for a person whom a directory named: they are enrolled under the id that it knows. Refuses: `not_found` for
 * somebody it has deactivated, and for somebody who is enrolled already.
 */
export async function inviteProvisioned(
  deps: LinkNeeds & Uses<ProvisioningStore & PeopleStore>,
  by: Initiator,
  id: string,
): Promise<Result<InvitationLink>> {
  const named = await deps.store.provisionedPerson(id)
  if (!named?.active || (await deps.store.approver(id))) {
    return refuse('not_found', 'No directory names anybody under this id who waits for an invitation.')
  }
  return ok(await linkFor(deps, by, { name: displayNameOf(named), roles: ['approver'], recovers: null, person: id }))
}

/**
 * A link with which a person whose devices are lost makes a new passkey. It gives no right, and nothing of theirs ends:
 * the consent of others to that passkey does both. Refuses: `not_found`, `forbidden` for oneself.
 */
export async function recoverPerson(
  deps: LinkNeeds & Uses<PeopleStore>,
  by: Initiator,
  id: string,
): Promise<Result<InvitationLink>> {
  const person = await deps.store.approver(id)
  if (!person || !isPresent(person)) return refuse('not_found', 'There is nobody here under this id.')
  if (isPerson(by) && by.id === id) {
    return refuse('forbidden', 'Others recover your access. With a passkey that works, add another one yourself.')
  }
  return ok(await linkFor(deps, by, { name: person.name ?? id, roles: person.roles, recovers: id, person: null }))
}

type LinkNeeds = Uses<EnrolmentStore, 'config' | 'now' | 'randomBytes'>

async function linkFor(
  { config, store, now, randomBytes }: LinkNeeds,
  by: Initiator,
  { name, roles, recovers, person }: Invited & Pick<Invitation, 'recovers' | 'person'>,
): Promise<InvitationLink> {
  const secret = base64urlEncode(randomBytes(32))
  const hash = await hashSecret(secret)
  const createdAt = now()
  const expiresAt = createdAt + INVITATION_LIFE_SECONDS
  const invitedBy = isPerson(by) ? by.id : null
  const of = recovers === null ? {} : { recovers }
  const members = {
    kind: 'invitation',
    credential: hash,
    roles: [...roles],
    expires: expiresAt,
    ...of,
    ...byMember(by),
  }
  await store.addInvitation({
    invitation: { hash, bootstrap: false, name, roles, recovers, person, invitedBy, createdAt, expiresAt },
    entry: await prepareEntry('credential.added', createdAt, newTrace(randomBytes), members),
  })
  return { link: `${config.origin}/enrol#${secret}`, expiresAt }
}

/** An invitation as its link shows it. */
export interface ShownInvitation extends Pick<Invitation, 'bootstrap' | 'name' | 'roles' | 'recovers' | 'expiresAt'> {
  /** Opened on the host: the passkey counts at once, and everybody is told. */
  readonly breakGlass: boolean
  /** As it was given on the host; null for every other invitation, and once erased. */
  readonly breakGlassReason: string | null
  /** The registrations that the first admin's enrolment signs; null for everybody else. */
  readonly registered: RegisteredDocument | null
  /** The name of the person who invited; null for the operator, and once erased. */
  readonly invitedBy: string | null
  /** The groups that the person is in from the first moment: those of their directory, or of before a recovery. */
  readonly groups: readonly string[]
}

/** Refuses: `not_found`. */
export async function viewInvitation(
  deps: PeopleNeeds & Uses<GroupStore & BreakGlassStore, 'breakGlass'>,
  secret: string,
): Promise<Result<ShownInvitation>> {
  const found = await invitationOf(deps, secret)
  if (!found) return linkGone()
  const { bootstrap, name, roles, recovers, expiresAt, invitedBy, person } = found
  const [inviter, groups, glass] = await Promise.all([
    invitedBy === null ? undefined : deps.store.approver(invitedBy),
    groupsOf(deps.store, recovers ?? person),
    openGlass(deps, found.hash),
  ])
  return ok({
    bootstrap,
    name,
    roles,
    recovers,
    expiresAt,
    breakGlass: glass !== undefined,
    breakGlassReason: glass ? await deps.store.reasonOfBreakGlass(glass.id) : null,
    registered: (await registeredFor(deps, found))?.document ?? null,
    invitedBy: inviter?.name ?? null,
    groups,
  })
}

async function groupsOf(store: GroupStore, person: string | null): Promise<readonly string[]> {
  if (person === null) return []
  return (await store.listGroups()).filter(({ members }) => members.includes(person)).map(({ name }) => name)
}

export const invitationOf = async ({ store, now }: Pick<PeopleNeeds, 'store' | 'now'>, secret: string) =>
  store.invitation({ hash: await hashSecret(secret), now: now() })

export const registeredFor = async (
  { config, store }: Pick<PeopleNeeds, 'config' | 'store'>,
  { bootstrap }: Invitation,
): Promise<RegisteredParties | null> => (bootstrap ? store.registeredParties(config.origin) : null)
