/**
 * The answer to a repeated call: the request that the first call opened, as it is now, and its token while it is
 * valid. The idempotency key is looked up before any check of the call, since the checks may no longer pass. SPEC 2.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Agent } from '../../domain/identity/parties.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { Idempotency } from '../../store/contract/request-store.ts'
import { currentRequest } from '../current-request.ts'
import { keyReused } from '../idempotency.ts'
import { notFound } from '../refusals.ts'
import { type CollectDeps, collectBound } from '../tokens/collect.ts'
import type { MintedToken } from '../tokens/issue.ts'
import type { ProvenKey } from '../tokens/possession.ts'

/** `token` only for the actor, and only when policy allowed the request at once. */
export interface OpenedRequest {
  readonly request: ApprovalRequest
  readonly token: MintedToken | null
}

interface RepeatableCall {
  readonly agent: Agent
  readonly idempotency: Idempotency | null
  readonly key: ProvenKey | null
}

/** The first answer, or else that of `open`. Looks again after a refusal: the first call may have come in between. */
export async function firstAnswerOr(
  deps: CollectDeps,
  call: RepeatableCall,
  open: () => Promise<Result<OpenedRequest>>,
): Promise<Result<OpenedRequest>> {
  const before = await firstAnswer(deps, call)
  if (before) return before
  const opened = await open()
  return opened.ok ? opened : ((await firstAnswer(deps, call)) ?? opened)
}

async function firstAnswer(deps: CollectDeps, { agent, idempotency, key }: RepeatableCall) {
  const earlier = idempotency && (await deps.store.earlierCall(idempotency))
  if (!earlier) return undefined
  return earlier.verdict === 'replayed' ? reopened(deps, earlier.request, agent, key) : keyReused()
}

export async function reopened(
  deps: CollectDeps,
  id: string,
  agent: Agent,
  key: ProvenKey | null,
): Promise<Result<OpenedRequest>> {
  const request = await currentRequest(deps, id)
  // The row of a key could name a request of another agent.
  if (request?.agent !== agent.id) return notFound()
  if (request.origin !== 'policy' || request.actor !== agent.id) return ok({ request, token: null })
  const minted = await collectBound(deps, { kind: 'agent', credentialId: '', agent }, id, key)
  return ok({ request, token: minted.ok ? minted.value : null })
}
