/** An agent's own request: viewed now or once it is answered, and withdrawn. SPEC 2. */

import { type ApprovalRequest, stateAt } from '../../domain/approval/approval-request.ts'
import { askingAgent } from '../../domain/identity/own-agents.ts'
import type { Caller } from '../../domain/identity/parties.ts'
import { requestEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import { currentRequest } from '../current-request.ts'
import type { Deps, Uses } from '../deps.ts'
import { notFound } from '../refusals.ts'
import { lookUntil } from '../wake-ups.ts'
import { notRecorded } from './answerable.ts'
import { type UnfillableNeeds, unfillableAmong } from './unfillable.ts'

export type ViewDeps = Uses<RequestStore, 'now'>
type WaitDeps = ViewDeps & UnfillableNeeds

export interface ViewedRequest extends ApprovalRequest {
  /** Why nobody can fill its quorum now, in a sentence; null where somebody can. */
  readonly unfillable: string | null
}

export async function viewRequest(deps: ViewDeps, caller: Caller, id: string): Promise<Result<ApprovalRequest>> {
  const request = await currentRequest(deps, id)
  const agent = askingAgent(caller)
  if (!request || !agent || (request.agent !== agent.id && request.actor !== agent.id)) return notFound()
  return ok({ ...request, state: stateAt(request, deps.now()) })
}

/** Waits until the request, or the one that took its place, leaves `pending`, for `timeoutMs` at most. */
export async function waitForAnswer(
  deps: WaitDeps & Pick<Deps, 'events'>,
  caller: Caller,
  id: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Result<ViewedRequest>> {
  const begun = performance.now()
  const seen = await lookUntil(
    deps,
    { waiter: caller.credentialId, topic: `request:${id}`, timeoutMs, signal },
    () => viewRequest(deps, caller, id),
    (found) => !found.ok || found.value.state !== 'pending' || found.value.id !== id,
  )
  if (!seen.ok) return seen
  if (seen.value.state !== 'pending' || seen.value.id === id) return withUnfillable(deps, seen.value)
  return waitForAnswer(deps, caller, seen.value.id, timeoutMs - (performance.now() - begun), signal)
}

const NEXT = 'Ask an admin for other people, or withdraw it.'

/** Says so where nobody could fill the quorum now, for whatever reason. */
async function withUnfillable(deps: WaitDeps, request: ApprovalRequest): Promise<Result<ViewedRequest>> {
  const why = (await unfillableAmong(deps, [request])).get(request.id)
  return ok({ ...request, unfillable: why === undefined ? null : `${why} ${NEXT}` })
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
