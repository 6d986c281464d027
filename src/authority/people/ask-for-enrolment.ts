/**
 * An invited person's enrolment: they make the passkey first, without any right; an admin's consent to exactly this
 * key activates it. A stolen link enrols nobody: the admin compares the code that both pages show.
 *
 * The person's page holds a secret, with which it reads the answer and starts a session. SPEC 10.1.
 */
import { base64urlEncode, newSalt } from '@countersign/verifier'
import { RECOVER_APPROVER } from '../../domain/consent/eligibility.ts'
import type { OfferedEnrolment, TriedPasskey } from '../../domain/consent/enrolment.ts'
import { authenticatorName } from '../../domain/identity/authenticators.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import { keyCode } from '../../domain/identity/key-code.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { Invitation } from '../../store/contract/identity-store.ts'
import { ENROL_APPROVER } from '../changes/enrol-change.ts'
import { propose, proposerOf } from '../changes/propose-change.ts'
import { settleEnrolment } from '../changes/settle-enrolment.ts'
import type { Deps } from '../deps.ts'
import { linkGone } from './invitations.ts'
import { alreadyEnrolled } from './new-passkey.ts'
import { type NewSession, startSession } from './sessions.ts'

/** A passkey that waits for an admin's consent. */
export interface WaitingEnrolment {
  /** Held by the page of the person; stored only as a hash. */
  readonly enrolment: string
  readonly code: string
  readonly request: string
  readonly expiresAt: number
  readonly person: Pick<Approver, 'id' | 'name' | 'roles'>
}

interface Invited {
  readonly invited: Invitation
  readonly name: string
  readonly offered: OfferedEnrolment
  readonly tried: TriedPasskey
}

/** Refuses: `not_found`, `consent_invalid`, and as `propose` does. */
export async function askForEnrolment(deps: Deps, person: Invited): Promise<Result<WaitingEnrolment>> {
  const { invited, tried } = person
  const { store, now, randomBytes, config } = deps
  const { kid: key } = tried.passkey.key
  const enrolment = base64urlEncode(randomBytes(32))
  const { verdict } = await store.holdPasskey({
    invitation: invited.hash,
    hash: await hashSecret(enrolment),
    passkey: tried.passkey,
    proof: tried.proof,
    now: now(),
    expiresAt: now() + config.requestTtlSeconds,
  })
  if (verdict === 'invitation_gone') return linkGone()
  if (verdict === 'credential_exists') return alreadyEnrolled()
  const action = await actionOf(person)
  // The admin who made the link is no party to a recovery: their consent counts as that of any other.
  const { caller, principal } = proposerOf(invited.recovers === null ? invited.invitedBy : null)
  const opened = await propose(deps, caller, { audience: config.origin, action, principal })
  if (!opened.ok) return opened
  const { id: request, expiresAt } = opened.value.request
  await store.askForEnrolment({ key, request })
  const { name } = person
  const asked = { id: tried.passkey.approver, name, roles: invited.roles }
  return ok({ enrolment, code: action.arguments.code, request, expiresAt, person: asked })
}

async function actionOf({ invited, name, offered: { statement }, tried: { passkey } }: Invited) {
  const { approver } = statement
  const { kid: key, be: synced } = passkey.key
  const code = await keyCode(approver, key)
  const authenticator = authenticatorName(passkey.aaguid)
  const made = { approver, name, code, authenticator, synced, key }
  const isNew = invited.recovers === null
  return {
    name: isNew ? ENROL_APPROVER : RECOVER_APPROVER,
    resource: `approver:${approver}`,
    arguments: isNew ? { ...made, roles: [...invited.roles] } : made,
    salt: newSalt(),
  }
}

export type EnrolmentState =
  | { readonly state: 'pending' | 'denied' | 'expired' | 'withdrawn' | 'stopped' }
  | { readonly state: 'enrolled'; readonly session: NewSession }

/** How the waiting of the page with this secret ended; begins the session once. Refuses: `not_found`. */
export async function awaitEnrolment(deps: Deps, secret: string): Promise<Result<EnrolmentState>> {
  const hash = await hashSecret(secret)
  const waiting = await deps.store.waitingPasskey({ hash })
  const request = waiting?.request ? await deps.store.request(waiting.request) : undefined
  if (!waiting || !request) return linkGone()
  // No catalogue lets an enrolment be changed.
  if (request.state !== 'approved') return ok({ state: request.state === 'changed' ? 'stopped' : request.state })
  const settled = await settleEnrolment(deps, request)
  if (!settled.ok) return settled
  if (!(await deps.store.endWaiting({ hash }))) return linkGone()
  const person = await deps.store.approver(waiting.passkey.approver)
  if (!person) return linkGone()
  const session = await startSession(deps, person, waiting.passkey)
  return session.ok ? ok({ state: 'enrolled', session: session.value }) : session
}
