/**
 * Enrols the admin of a break-glass. Nobody consents to their passkey: the process that checked the link seals it, and
 * pins it outside the database. SPEC 10.12.
 */
import { newTrace } from '../../domain/approval/approval-request.ts'
import type { OfferedEnrolment, TriedPasskey } from '../../domain/consent/enrolment.ts'
import { passkeyRow } from '../../domain/identity/configuration-rows.ts'
import { BREAK_GLASS_ROLES } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { type Payload, payloadSalt, preparePayload } from '../../domain/ledger/payload.ts'
import { sealRow } from '../../domain/ledger/row-seal.ts'
import type { Result } from '../../domain/refusal.ts'
import type { BreakGlassStore } from '../../store/contract/break-glass-store.ts'
import { passkeyMembers } from '../changes/enrol-change.ts'
import type { BrokenGlass, Deps, Uses } from '../deps.ts'
import { linkGone } from './invitations.ts'
import { alreadyEnrolled } from './new-passkey.ts'
import { type NewSession, type PeopleNeeds, startSession } from './sessions.ts'

type LetInNeeds = PeopleNeeds & Pick<Deps, 'breakGlass' | 'logKey' | 'rootKeys'> & Uses<BreakGlassStore>

interface LetIn {
  readonly glass: Pick<BrokenGlass, 'id'>
  /** Hash of its link's secret. */
  readonly hash: string
  readonly name: string
  readonly offered: OfferedEnrolment
  readonly tried: TriedPasskey
}

/** Refuses: `not_found`, `consent_invalid`. */
export async function letIn(deps: LetInNeeds, person: LetIn): Promise<Result<NewSession>> {
  const { store, log, now, randomBytes, rootKeys, breakGlass } = deps
  const { name, offered, tried, glass, hash } = person
  const { approver: id } = offered.statement
  const payload = await preparePayload(id, 'person', { name }, payloadSalt(randomBytes))
  const approver = { id, roles: BREAK_GLASS_ROLES, createdAt: now(), suspendedAt: null, removedAt: null }
  await rootKeys.add(tried.passkey.key.kid)
  const { verdict } = await store.enrolByBreakGlass({
    invitation: hash,
    approver,
    passkey: tried.passkey,
    payload,
    entries: await entriesOf(deps, person, payload),
    now: now(),
  })
  if (verdict !== 'enrolled') await rootKeys.unpin(tried.passkey.key.kid)
  if (verdict === 'invitation_gone') return linkGone()
  if (verdict === 'credential_exists') return alreadyEnrolled()
  await breakGlass.refresh()
  log.error('breakglass.used', { breakglass: glass.id, approver: id })
  return startSession(deps, { ...approver, name, groups: [], absence: null, standsFor: [] }, tried.passkey)
}

async function entriesOf(
  { logKey, now, randomBytes }: LetInNeeds,
  { glass, offered, tried }: LetIn,
  { digest }: Payload,
) {
  const { approver } = offered.statement
  const stated = { approver, breakglass: glass.id }
  const seal = await sealRow(logKey, passkeyRow({ approver, key: tried.passkey.key }))
  const enrolled = { ...stated, roles: [...BREAK_GLASS_ROLES], payloads: [digest] }
  const trace = newTrace(randomBytes)
  return [
    await prepareEntry('approver.enrolled', now(), trace, enrolled),
    await prepareEntry('credential.added', now(), trace, { ...stated, ...(await passkeyMembers(tried)), seal }),
  ]
}
