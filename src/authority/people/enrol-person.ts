/**
 * Enrols a person with the one-time link of an invitation: the gestures of a first passkey, and its signature. The
 * first admin's passkey counts at once, as does that of a break-glass; every other one waits for an admin's consent.
 * SPEC 10.1.
 */
import { registeredDigest } from '@countersign/verifier/authority'
import type { EnrolmentAnswer } from '../../domain/consent/enrolment.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import { mapResult, type Result } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { newId } from '../new-id.ts'
import { askForEnrolment, type WaitingEnrolment } from './ask-for-enrolment.ts'
import { openGlass } from './break-glass.ts'
import { enrolFirstAdmin } from './enrol-first-admin.ts'
import { invitationOf, linkGone, registeredFor } from './invitations.ts'
import { letIn } from './let-in.ts'
import { attemptOver, type NewPasskeyOffer, offerNewPasskey, takeEnrolment, tryPasskey } from './new-passkey.ts'
import type { NewSession, PeopleNeeds } from './sessions.ts'

export interface EnrolmentStart {
  readonly invitation: string
  /** Counts only where the invitation names nobody: a person is enrolled under the name that an admin consents to. */
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
    id: invited.recovers ?? invited.person ?? newId(deps.randomBytes),
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

/** The session of a first admin, or of one whom a break-glass let in; or what the page of everybody else waits for. */
export type Enrolled =
  | { readonly session: NewSession; readonly waiting: null }
  | { readonly session: null; readonly waiting: WaitingEnrolment }

/** Refuses: `consent_invalid`, `not_found`, and `invalid_request` where something was registered meanwhile. */
export async function enrol(
  deps: Deps,
  answer: EnrolmentAnswer & { readonly invitation: string },
): Promise<Result<Enrolled>> {
  const taken = await takeEnrolment(deps, 'enrol', answer.registration)
  const hash = await hashSecret(answer.invitation)
  if (!taken || taken.context.invitation !== hash || !taken.context.name) return attemptOver()
  const invited = await deps.store.invitation({ hash, now: deps.now() })
  if (!invited) return linkGone()
  const tried = await tryPasskey(deps, taken.enrolment, answer)
  if (!tried.ok) return tried
  const person = { invited, name: taken.context.name, offered: taken.enrolment, tried: tried.value }
  const glass = await openGlass(deps, hash)
  if (glass) return mapResult(await letIn(deps, { ...person, glass, hash }), (session) => ({ session, waiting: null }))
  if (invited.bootstrap) {
    const enrolled = await enrolFirstAdmin(deps, { ...person, at: deps.now() })
    return mapResult(enrolled, (session) => ({ session, waiting: null }))
  }
  return mapResult(await askForEnrolment(deps, person), (waiting) => ({ session: null, waiting }))
}
