/** An agent's own request: viewed once it is answered, and withdrawn. SPEC 2. */

import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Caller } from '../../domain/identity/parties.ts'
import { requestEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { awaitAnswer, type Patience, type ViewDeps, viewRequest } from '../own-request.ts'
import { type AgainNeeds, refusalSeen } from '../policy/permits-now.ts'
import { notRecorded } from './answerable.ts'
import { type UnfillableNeeds, unfillableAmong } from './unfillable.ts'

type WaitDeps = ViewDeps & UnfillableNeeds & AgainNeeds & Pick<Deps, 'events'>

export interface ViewedRequest extends ApprovalRequest {
  /** Why nobody can fill its quorum now, in a sentence; null where somebody can. */
  readonly unfillable: string | null
  /** Why the policy of now refuses it while it waits; null where it permits it. */
  readonly policyDenied: string | null
}

/** Waits for the answer of people, and says so where nobody can give it, or nothing can come of it. */
export async function waitForAnswer(
  deps: WaitDeps,
  caller: Caller,
  id: string,
  patience: Patience,
): Promise<Result<ViewedRequest>> {
  const seen = await awaitAnswer(deps, caller, id, patience)
  return seen.ok ? ok(await withHindrances(deps, seen.value)) : seen
}

const NEXT = 'Ask an admin for other people, or withdraw it.'

async function withHindrances(deps: WaitDeps, request: ApprovalRequest): Promise<ViewedRequest> {
  const isOpen = request.state === 'pending' && !request.altered
  const [unfillable, refusal] = await Promise.all([
    unfillableAmong(deps, [request]),
    isOpen ? refusalSeen(deps, request) : undefined,
  ])
  const why = unfillable.get(request.id)
  return {
    ...request,
    unfillable: why === undefined ? null : `${why} ${NEXT}`,
    policyDenied: refusal ? `${refusal.message} Withdraw it.` : null,
  }
}

export async function withdraw(
  deps: ViewDeps & Pick<Deps, 'meters'>,
  caller: Caller,
  id: string,
): Promise<Result<ApprovalRequest>> {
  const seen = await viewRequest(deps, caller, id)
  if (!seen.ok) return seen
  const request = seen.value
  const now = deps.now()
  const entry = await requestEntry(request, 'request.withdrawn', now)
  const withdrawn = await deps.store.withdraw({ request: request.id, agent: request.agent, now, entry })
  if (withdrawn) deps.meters.answered('withdrawn')
  return withdrawn ? viewRequest(deps, caller, request.id) : notRecorded(deps, request.id, 'too_late')
}
