/** Links from a request to stopping everything like it, and the notices where something stops it already. SPEC 9, 11. */
import { selects } from '@countersign/verifier/authority'
import { type ApprovalRequest, subjectsOf } from '../../domain/approval/approval-request.ts'
import type { KillSwitch } from '../../domain/stop/kill-switch.ts'
import { Notice } from '../parts/card.tsx'
import { stopPath } from '../parts/stop-and-revoke.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { hostOf } from '../parts/wording.ts'

export const StopLinks = ({ request }: { request: ApprovalRequest }) => (
  <nav class="stop-links" aria-label="Stop more than this">
    <span class="muted">Something wrong? Stop</span>
    <a href={stopPath('agent', request.agent)}>
      agent <UntrustedText text={request.agent} limit={60} />
    </a>
    <a href={stopPath('action', request.name)}>
      every <UntrustedText text={request.name} limit={60} />
    </a>
    <a href={stopPath('executor', request.audience)}>
      executor <UntrustedText text={hostOf(request.audience)} limit={60} />
    </a>
    <a href={stopPath('request', request.id)}>this request</a>
  </nav>
)

interface StoppedProps {
  /** Undefined where it was engaged after the active ones were read. */
  readonly by: KillSwitch | undefined
  /** Whether the request waits for an answer; else its approval was not used. */
  readonly isPending: boolean
}

export const StoppedNotice = ({ by, isPending }: StoppedProps) => (
  <Notice tone="danger" icon="stop">
    <b>A kill switch stops this request.</b> Until the switch is released,{' '}
    {isPending ? 'it can be denied, but not approved' : 'its approval cannot be used'}.{' '}
    <a href={by ? `/kill/${by.id}` : '/kill'}>See who stopped it and why</a>.
  </Notice>
)

/** The policy of now refuses what it held before. */
export const RefusedNotice = ({ why, isPending }: { why: string; isPending: boolean }) => (
  <Notice tone="danger" icon="stop">
    <span data-refused-now="">
      <b>The policy in force forbids this now.</b> <UntrustedText text={why} limit={400} /> While that is so,{' '}
      {isPending ? 'it can be denied, but not approved' : 'its approval cannot be used'}.
    </span>
  </Notice>
)

/** The active kill switch that stops a request at an executor, if one does. */
export function stoppingSwitch(request: ApprovalRequest, active: readonly KillSwitch[]): KillSwitch | undefined {
  const call = {
    agents: [request.actor, ...subjectsOf(request.act)],
    principal: request.principal,
    executor: request.audience,
    action: request.name,
    request: request.id,
    trace: request.trace,
  }
  return active.find(({ selector }) => selects(selector, call))
}
