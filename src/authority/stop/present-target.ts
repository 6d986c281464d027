/** Resolves the request in a selector: one that approvers changed becomes its latest replacement. SPEC 5.2, 9. */
import type { Selector } from '@countersign/verifier'
import { requestOfTrace, traceOf } from '../../domain/approval/approval-request.ts'
import { currentRequest } from '../current-request.ts'
import type { TargetNeeds } from './unknown-targets.ts'

type Needs = Pick<TargetNeeds, 'store'>

export async function presentTarget(deps: Needs, selector: Selector): Promise<Selector> {
  const { request, trace } = selector
  const [byId, byTrace] = await Promise.all([
    request === undefined ? undefined : currentRequest(deps, request),
    trace === undefined ? undefined : currentRequest(deps, requestOfTrace(trace)),
  ])
  return { ...selector, ...(byId && { request: byId.id }), ...(byTrace && { trace: traceOf(byTrace.id) }) }
}

export const isSameTarget = (one: Selector, other: Selector): boolean =>
  one.request === other.request && one.trace === other.trace
