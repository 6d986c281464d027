/**
 * Reports how a call of a coding agent ended, on the word of its hook, as the executor that the machine is: for the last
 * run of this call in the session that people consented to and nothing was reported of. SPEC 15.
 */
import type { CallEnding } from '../../domain/coding/call-ending.ts'
import type { ToolCall } from '../../domain/coding/coding-call.ts'
import type { HookVerdict } from '../../domain/coding/hook-answer.ts'
import type { WorkstationAction } from '../../domain/coding/workstation.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import type { AgentCaller } from '../evaluating/evaluate.ts'
import { tooMany } from '../refusals.ts'
import { reportOutcome } from '../tokens/report-outcome.ts'
import { hookKeys } from './hook-keys.ts'
import type { Workstation } from './workstation-caller.ts'

export interface EndedCall {
  readonly caller: AgentCaller
  readonly at: Workstation
  readonly call: ToolCall
  readonly action: WorkstationAction
  readonly ending: CallEnding
}

/** Nothing is reported of a call that policy allowed, nor of one whose ending is not known. */
export async function reportEnding(deps: Deps, ended: EndedCall): Promise<Result<HookVerdict>> {
  const { at, ending } = ended
  const waitSeconds = await deps.limits.take('executorCalls', at.executor.audience)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  if (ending === 'unknown') return NOTED
  const jti = await lastUnreported(deps, ended)
  const reported = jti === undefined ? NOTED : await reportOutcome(deps, at, jti, { use: 1, outcome: ending })
  return reported.ok ? NOTED : reported
}

const NOTED = ok<HookVerdict>({ kind: 'noted' })

async function lastUnreported(deps: Deps, { caller, at, call, action }: EndedCall): Promise<string | undefined> {
  const { audience } = at.executor
  let last: string | undefined
  for (const key of await hookKeys(call, action, audience)) {
    const identity = { client: caller.agent.id, endpoint: 'openRequest', key, bodyHash: key }
    const earlier = await deps.store.earlierCall(identity)
    if (earlier?.verdict !== 'replayed') break
    last = (await unreported(deps, earlier.request)) ?? last
  }
  return last
}

async function unreported({ store }: Deps, request: string): Promise<string | undefined> {
  const claims = await store.issuedClaims(request)
  const redemption = claims && (await store.redemption({ jti: claims.jti, use: 1 }))
  return redemption?.outcome === null ? redemption.jti : undefined
}
