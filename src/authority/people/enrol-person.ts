/**
 * Enrolling a person with their first passkey, by the one-time link of an invitation. Each invitation was consented to
 * by an admin's passkey; only the first admin's was not: that enrolment signs the digest of everything registered
 * before, and its entries say `bootstrap: true`. SPEC 3, 10.1.
 */
import { base64urlEncode } from '@countersign/verifier'
import { registeredDigest } from '@countersign/verifier/authority'
import { newTrace } from '../../domain/approval/approval-request.ts'
import type { EnrolmentAnswer, OfferedEnrolment, TriedPasskey } from '../../domain/consent/enrolment.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import { type PreparedEntry, prepareEntry } from '../../domain/ledger/entry.ts'
import { type Payload, preparePayload } from '../../domain/ledger/payload.ts'
import { type Result, refuse } from '../../domain/refusal.ts'
import type { Invitation } from '../../store/contract/identity-store.ts'
import { newId } from '../new-id.ts'
import { invitationOf, linkGone, registeredFor } from './invitations.ts'
import {
  alreadyEnrolled,
  attemptOver,
  type NewPasskeyOffer,
  offerNewPasskey,
  passkeyMembers,
  takeEnrolment,
  tryPasskey,
} from './new-passkey.ts'
import { type NewSession, type PeopleNeeds, startSession } from './sessions.ts'

export interface EnrolmentStart {
  readonly invitation: string
  /** Counts only where the invitation names nobody: a person is enrolled under the name that an admin consented to. */
  readonly name: string
  readonly label?: string | undefined
  readonly es256_only?: boolean | undefined
}

/** The gestures of a first passkey, and the statement that it signs. Refuses: `not_found`. */
export async function enrolOptions(deps: PeopleNeeds, start: EnrolmentStart): Promise<Result<NewPasskeyOffer>> {
  const invited = await invitationOf(deps, start.invitation)
  if (!invited) return linkGone()
  const registered = await registeredFor(deps, invited)
  const person = {
    id: newId(deps.randomBytes),
    name: invited.name ?? start.name,
    roles: invited.roles,
    label: start.label,
    existing: [],
    registered: registered && (await registeredDigest(registered.document)),
    print: registered?.print ?? null,
    es256Only: start.es256_only,
  }
  return offerNewPasskey(deps, { purpose: 'enrol', approver: null, invitation: invited.hash }, person)
}

/** Refuses: `consent_invalid`, `not_found`, and `invalid_request` where something was registered meanwhile. */
export async function enrol(
  deps: PeopleNeeds,
  answer: EnrolmentAnswer & { readonly invitation: string },
): Promise<Result<NewSession>> {
  const { store, now } = deps
  const taken = await takeEnrolment(deps, 'enrol', answer.registration)
  const hash = await hashSecret(answer.invitation)
  if (!taken || taken.context.invitation !== hash || !taken.context.name) return attemptOver()
  const invited = await store.invitation({ hash, now: now() })
  if (!invited) return linkGone()
  const tried = await tryPasskey(deps, taken.enrolment, answer)
  if (!tried.ok) return tried
  return enrolPerson(deps, {
    invited,
    name: taken.context.name,
    offered: taken.enrolment,
    tried: tried.value,
    at: now(),
  })
}

interface NewPerson {
  readonly invited: Invitation
  readonly name: string
  readonly offered: OfferedEnrolment
  readonly tried: TriedPasskey
  readonly at: number
}

async function enrolPerson(deps: PeopleNeeds, newPerson: NewPerson): Promise<Result<NewSession>> {
  const { config, store, log, randomBytes } = deps
  const { invited, name, offered, tried, at } = newPerson
  const id = offered.statement.approver
  const person = await preparePayload(id, 'person', { name }, base64urlEncode(randomBytes(16)))
  const approver = { id, roles: invited.roles, createdAt: at, suspendedAt: null, removedAt: null }
  const { verdict } = await store.enrolApprover({
    invitation: invited.hash,
    registered: offered.print === null ? null : { issuer: config.origin, print: offered.print },
    approver,
    person,
    passkey: tried.passkey,
    entries: await enrolmentEntries(newPerson, person, newTrace(randomBytes)),
    now: at,
  })
  if (verdict === 'invitation_gone') return linkGone()
  if (verdict === 'credential_exists') return alreadyEnrolled()
  if (verdict === 'registered_changed') return registeredMeanwhile()
  log.info('approver.enrolled', { approver: id, bootstrap: invited.bootstrap })
  return startSession(deps, { ...approver, name, groups: [] }, tried.passkey)
}

const registeredMeanwhile = () =>
  refuse(
    'invalid_request',
    'Something was registered or revoked meanwhile, so you would be the admin of more than you were shown. Nothing was enrolled. Read what is registered now, then enrol.',
    { status: 409 },
  )

async function enrolmentEntries(
  { invited, offered: { statement }, tried, at }: NewPerson,
  person: Payload,
  trace: string,
): Promise<readonly PreparedEntry[]> {
  const authorised = {
    approver: statement.approver,
    ...(invited.bootstrap ? { bootstrap: true } : {}),
    ...(invited.invitedBy === null ? {} : { invited_by: invited.invitedBy }),
    ...(invited.request === null ? {} : { request: invited.request }),
  }
  const { registered } = statement
  const shown = registered === null ? {} : { registered }
  const members = { ...authorised, ...shown, roles: [...invited.roles], payloads: [person.digest] }
  const credential = { ...authorised, ...(await passkeyMembers(tried)) }
  return [
    await prepareEntry('approver.enrolled', at, trace, members),
    await prepareEntry('credential.added', at, trace, credential),
  ]
}
