/** An agent's own request, or the one that took its place: read now, or once it is answered. SPEC 2, 5.2. */
import { type ApprovalRequest, stateAt } from '../domain/approval/approval-request.ts'
import { askingAgent } from '../domain/identity/own-agents.ts'
import type { Caller } from '../domain/identity/parties.ts'
import { ok, type Result } from '../domain/refusal.ts'
import type { RequestStore } from '../store/contract/request-store.ts'
import { currentRequest } from './current-request.ts'
import type { Deps, Uses } from './deps.ts'
import { notFound } from './refusals.ts'
import { lookUntil } from './wake-ups.ts'

export type ViewDeps = Uses<RequestStore, 'now'>

export async function viewRequest(deps: ViewDeps, caller: Caller, id: string): Promise<Result<ApprovalRequest>> {
  const request = await currentRequest(deps, id)
  const agent = askingAgent(caller)
  if (!request || !agent || (request.agent !== agent.id && request.actor !== agent.id)) return notFound()
  return ok({ ...request, state: stateAt(request, deps.now()) })
}

/** How long a caller waits at most, and whether it still does. */
export interface Patience {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Called when the wait is over. What remains to be done has not begun. */
  readonly over?: () => void
}

/**
 * The request as it is once it, or the one that took its place, leaves `pending`, or once patience is over. `looking` is
 * called at each look, with the request as it was where something was announced about it: to read beside it what an
 * answer leads to.
 */
export async function awaitAnswer(
  deps: ViewDeps & Pick<Deps, 'events'>,
  caller: Caller,
  id: string,
  patience: Patience,
  looking: (announced: ApprovalRequest | undefined) => void = () => {},
): Promise<Result<ApprovalRequest>> {
  const { timeoutMs, signal } = patience
  const begun = performance.now()
  let before: ApprovalRequest | undefined
  const seen = await lookUntil(
    deps,
    { waiter: caller.credentialId, topic: `request:${id}`, timeoutMs, signal },
    async (isAnnounced) => {
      looking(isAnnounced ? before : undefined)
      const found = await viewRequest(deps, caller, id)
      before = found.ok ? found.value : undefined
      return found
    },
    (found) => !found.ok || found.value.state !== 'pending' || found.value.id !== id,
  )
  if (seen.ok && seen.value.state === 'pending' && seen.value.id !== id) {
    const leftMs = timeoutMs - (performance.now() - begun)
    return awaitAnswer(deps, caller, seen.value.id, { ...patience, timeoutMs: leftMs }, looking)
  }
  patience.over?.()
  return seen
}
