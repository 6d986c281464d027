/**
 * The way from a request to stopping all that is like it, one tap each; and what stops it already.
 *
 * In: a request, the kill switches that stand. Out: links that choose, and stop nothing by themselves. SPEC 9.
 */
import { selects } from '@countersign/verifier/authority'
import type { ActorChain, ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { KillSwitch } from '../../domain/stop/kill-switch.ts'
import { Said } from '../frame/untrusted-text.tsx'
import { hostOf } from '../frame/wording.ts'
import { stopLink } from '../stop/stop-choice.ts'
import { Notice } from './warnings.tsx'

export const StopFrom = ({ request }: { request: ApprovalRequest }) => (
  <nav class="stop-from" aria-label="Stop more than this">
    <span class="muted">Something is wrong? Stop</span>
    <a href={stopLink('agent', request.agent)}>
      agent <Said text={request.agent} limit={60} />
    </a>
    <a href={stopLink('action', request.name)}>
      all of <Said text={request.name} limit={60} />
    </a>
    <a href={stopLink('executor', request.audience)}>
      executor <Said text={hostOf(request.audience)} limit={60} />
    </a>
    <a href={stopLink('request', request.id)}>this request</a>
  </nav>
)

export const Stopped = ({ by }: { by: KillSwitch }) => (
  <Notice tone="danger" icon="stop">
    <b>A kill switch stops this.</b> Until it is released, it can be denied, and neither approved nor collected.{' '}
    <a href={`/kill/${by.id}`}>Who stopped it, and why</a>
  </Notice>
)

/** The switch that stops a request at an executor, if one does. */
export function stoppedBy(request: ApprovalRequest, standing: readonly KillSwitch[]): KillSwitch | undefined {
  const call = {
    agents: [request.actor, ...agentsOf(request.act)],
    principal: request.principal,
    executor: request.audience,
    action: request.name,
    request: request.id,
    trace: request.trace,
  }
  return standing.find(({ selector }) => selects(selector, call))
}

const agentsOf = ({ sub, act }: ActorChain): readonly string[] => [sub, ...(act ? agentsOf(act) : [])]
