/**
 * Withdraws a request that waits, by the agent that asked or by its actor.
 *
 * In: the caller, the request. Out: the request as it is then. SPEC 2.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Caller } from '../../domain/identity/parties.ts'
import { requestEntry } from '../../domain/ledger/entry-parties.ts'
import type { Result } from '../../domain/refusal.ts'
import { notRecorded } from './answerable.ts'
import { type ViewDeps, viewRequest } from './view.ts'

export async function withdraw(deps: ViewDeps, caller: Caller, id: string): Promise<Result<ApprovalRequest>> {
  const seen = await viewRequest(deps, caller, id)
  if (!seen.ok) return seen
  const request = seen.value
  const now = deps.now()
  const entry = await requestEntry(request, 'request.withdrawn', now)
  const withdrawn = await deps.store.withdraw({ request: id, agent: request.agent, now, entry })
  return withdrawn ? viewRequest(deps, caller, id) : notRecorded(deps, id, 'too_late')
}
