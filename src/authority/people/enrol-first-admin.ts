/**
 * The first admin's enrolment: nobody consents to it, so it signs the digest of everything registered before, and its
 * entries say `bootstrap: true`. What they were shown is kept beside the ledger, since it proves those registrations.
 * SPEC 3, 10.1, 10.4.
 */
import type { RegisteredDocument } from '@countersign/verifier/authority'
import { plainJson } from '../../domain/action/plain-json.ts'
import { newTrace } from '../../domain/approval/approval-request.ts'
import type { OfferedEnrolment, TriedPasskey } from '../../domain/consent/enrolment.ts'
import { type PreparedEntry, prepareEntry } from '../../domain/ledger/entry.ts'
import { type Payload, payloadSalt, preparePayload } from '../../domain/ledger/payload.ts'
import { type Result, refuse } from '../../domain/refusal.ts'
import type { Invitation } from '../../store/contract/identity-store.ts'
import { passkeyMembers } from '../changes/enrol-change.ts'
import type { Deps } from '../deps.ts'
import { linkGone } from './invitations.ts'
import { alreadyEnrolled } from './new-passkey.ts'
import { type NewSession, type PeopleNeeds, startSession } from './sessions.ts'

export type FirstAdminNeeds = PeopleNeeds & Pick<Deps, 'rootKeys'>

export interface FirstAdmin {
  readonly invited: Invitation
  readonly name: string
  readonly offered: OfferedEnrolment
  readonly tried: TriedPasskey
  readonly at: number
}

/** Refuses: `not_found`, `consent_invalid`, `forbidden`, and `invalid_request` where something was registered meanwhile. */
export async function enrolFirstAdmin(deps: FirstAdminNeeds, admin: FirstAdmin): Promise<Result<NewSession>> {
  const { config, store, log, rootKeys } = deps
  const { invited, name, offered, tried, at } = admin
  const id = offered.statement.approver
  const { document, print } = await store.registeredParties(config.origin)
  if (print !== offered.print) return registeredMeanwhile()
  const pinned = await rootKeys.pin(tried.passkey.key.kid)
  if (!pinned.ok) return pinned
  const payloads = await payloadsOf(deps, id, name, document)
  const approver = { id, roles: invited.roles, createdAt: at, suspendedAt: null, removedAt: null }
  const { verdict } = await store.enrolFirstAdmin({
    invitation: invited.hash,
    registered: { issuer: config.origin, print },
    approver,
    payloads,
    passkey: tried.passkey,
    entries: await enrolmentEntries(admin, payloads, newTrace(deps.randomBytes)),
    now: at,
  })
  if (verdict !== 'enrolled') await rootKeys.unpin(tried.passkey.key.kid)
  if (verdict === 'invitation_gone') return linkGone()
  if (verdict === 'credential_exists') return alreadyEnrolled()
  if (verdict === 'registered_changed') return registeredMeanwhile()
  log.info('approver.enrolled', { approver: id, bootstrap: true })
  return startSession(deps, { ...approver, name, groups: [], absence: null, standsFor: [] }, tried.passkey)
}

const registeredMeanwhile = () =>
  refuse(
    'invalid_request',
    'Something was registered or revoked meanwhile, so you would be the admin of more than you were shown. Nothing was enrolled. Read what is registered now, then enrol.',
    { status: 409 },
  )

const payloadsOf = ({ randomBytes }: PeopleNeeds, id: string, name: string, shown: RegisteredDocument) =>
  Promise.all([
    preparePayload(id, 'person', { name }, payloadSalt(randomBytes)),
    preparePayload(id, 'registered', plainJson(shown), payloadSalt(randomBytes)),
  ])

async function enrolmentEntries(
  { offered: { statement }, invited, tried, at }: FirstAdmin,
  payloads: readonly Payload[],
  trace: string,
): Promise<readonly PreparedEntry[]> {
  const { approver, registered } = statement
  const authorised = { approver, bootstrap: true }
  const digests = payloads.map(({ digest }) => digest)
  const members = { ...authorised, registered, roles: [...invited.roles], payloads: digests }
  return [
    await prepareEntry('approver.enrolled', at, trace, members),
    await prepareEntry('credential.added', at, trace, { ...authorised, ...(await passkeyMembers(tried)) }),
  ]
}
