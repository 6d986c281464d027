/**
 * Enrols a person as soon as enough admins have consented; nobody has to carry the change out. The consent or the
 * waiting page does it, whichever is first; the other finds it done. SPEC 10.1.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { RECOVER_APPROVER } from '../../domain/consent/eligibility.ts'
import { EXECUTOR_AGENT, PAGES_AGENT } from '../../domain/identity/own-agents.ts'
import type { Initiator, SignedIn } from '../../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { type Answer, consent } from '../requests/consent.ts'
import { collectToken } from '../tokens/collect.ts'
import { ENROL_APPROVER } from './enrol-change.ts'
import { performChange } from './perform-change.ts'
import { proposerOf } from './propose-change.ts'
import { settlePublication } from './publish-catalogue.ts'

export async function consentAndSettle(
  deps: Deps,
  person: SignedIn,
  id: string,
  given: Parameters<typeof consent>[3],
): Promise<Result<Answer>> {
  const answer = await consent(deps, person, id, given)
  const approved = answer.ok && answer.value.request.state === 'approved' ? answer.value.request : undefined
  const settled = approved?.audience === deps.config.origin ? await settle(deps, approved) : ok(true)
  if (!settled.ok) deps.log.warn('change.not_settled', { request: id, code: settled.refusal.code })
  return answer
}

/** Changes that make a waiting passkey count. */
const ENROLMENTS: readonly string[] = [ENROL_APPROVER, RECOVER_APPROVER]

/** Enrolments, and catalogues that executors published: nobody waits for these to carry them out. */
async function settle(deps: Deps, request: ApprovalRequest): Promise<Result<true>> {
  if (request.agent === EXECUTOR_AGENT) return settlePublication(deps, request)
  return ENROLMENTS.includes(request.name) ? settleEnrolment(deps, request) : ok(true)
}

/** Refuses as `collectToken` and `performChange` do; not for an enrolment that is done. */
export async function settleEnrolment(deps: Deps, request: ApprovalRequest): Promise<Result<true>> {
  if (!request.action) return refuse('not_found', 'The request has been erased.')
  if (await isEnrolled(deps, request)) return ok(true)
  const { caller, initiator } = await proposing(deps, request)
  if (!initiator) return refuse('forbidden', 'The admin who invited is no longer here. Ask for a new invitation.')
  const collected = await collectToken(deps, caller, request.id)
  if (!collected.ok) return collected
  const made = await performChange(deps, initiator, { action: request.action, token: collected.value.token })
  return made.ok || (await isEnrolled(deps, request)) ? ok(true) : made
}

async function isEnrolled({ store }: Deps, { action }: ApprovalRequest): Promise<boolean> {
  const passkeys = await store.passkeysOf(String(action?.arguments['approver']))
  return passkeys.some(({ key }) => key.kid === action?.arguments['key'])
}

async function proposing({ store }: Deps, { agent, principal }: ApprovalRequest) {
  const admin = agent === PAGES_AGENT ? principal : null
  const { caller } = proposerOf(admin)
  const initiator: Initiator | undefined = admin === null ? caller : await store.approver(admin)
  return { caller, initiator }
}
