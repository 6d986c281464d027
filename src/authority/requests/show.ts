/** Shows a request to an approver, with the reasons why they cannot consent, if any. SPEC 2. */

import type { ConsentStatement } from '@countersign/verifier'
import { targetToType } from '../../domain/action/typed-target.ts'
import { type ApprovalRequest, stateAt } from '../../domain/approval/approval-request.ts'
import { approvesForSelf, eligibility, whyAlone } from '../../domain/consent/eligibility.ts'
import { buildStatement } from '../../domain/consent/gesture.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { Uses } from '../deps.ts'
import { notFound } from '../refusals.ts'

const STOPPED =
  'A kill switch stops this action. It can be denied; it cannot be approved until an admin releases the switch.'

export interface RequestForApprover {
  readonly request: ApprovalRequest
  /** What this person's passkey would sign, but for the nonce of the attempt: the page shows every member. */
  readonly statement: Omit<ConsentStatement, 'nonce'>
  readonly state: ApprovalRequest['state']
  /** Why this person cannot consent, in plain words; null when they can. */
  readonly cannotConsent: string | null
  /** True when this person would be approving for themselves, so that the token says `separation: false`. */
  readonly selfApproval: boolean
  readonly consentedByMe: boolean
  /** Why a consent to it is never given together with others; null where it may be. */
  readonly alone: string | null
  /** The name to type before the passkey is asked; null where nothing has to be typed. */
  readonly target: string | null
  /** Display name of the principal where it is a known person. */
  readonly principalName: string | null
  readonly policyTitle: string
  /** Display name of the approver who denied it, as far as it is known. */
  readonly deniedBy: string | null
  /** Display name of the person who proposed it, as far as it is known. */
  readonly proposedBy: string | null
}

type Needs = Uses<RequestStore & PeopleStore & Pick<StopStore, 'isStopped'>, 'config' | 'policy' | 'now'>

export async function showRequest(
  { store, config, policy, now }: Needs,
  approver: Approver,
  id: string,
): Promise<Result<RequestForApprover>> {
  const request = await store.request(id)
  if (!request || approver.roles.every((role) => role === 'auditor')) return notFound()
  const [runs, principal, consents, stopped, denier, proposer] = await Promise.all([
    store.agentsRunBy(approver.id),
    store.approver(request.principal),
    store.consents(id),
    store.isStopped(id),
    request.denial === null ? undefined : store.approver(request.denial.by),
    request.proposedBy === null ? undefined : store.approver(request.proposedBy),
  ])
  const eligible = eligibility(request, approver, runs)
  const selfApproval = approvesForSelf(request, approver.id, runs)
  const { nonce: _, ...statement } = buildStatement(config.origin, request, approver.id, !selfApproval, '')
  return ok({
    request,
    statement,
    state: stateAt(request, now()),
    cannotConsent: stopped ? STOPPED : eligible.ok ? null : eligible.refusal.message,
    selfApproval,
    consentedByMe: consents.some((consent) => consent.approver === approver.id),
    alone: whyAlone(request, config.origin),
    target: targetToType(request.catalogueEntry, request.name, request.action),
    principalName: principal?.name ?? null,
    policyTitle: request.policy === policy.digest ? policy.title : 'an earlier policy',
    deniedBy: denier?.name ?? null,
    proposedBy: proposer?.name ?? null,
  })
}
