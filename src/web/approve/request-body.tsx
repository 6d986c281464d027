/**
 * All there is to read of a request beside its head: what would change, the call, the reason, what is signed.
 *
 * In: a request as this approver may see it, and how deep its headings lie. Out: its cards, the same on the page of one
 * request and on that of several.
 */

import type { RequestForApprover } from '../../authority/requests/show.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { CardTitle, type Level, landmark } from '../frame/card-title.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { count, duration, hostOf, instant, machineTime } from '../frame/wording.ts'
import { Call } from './call-details.tsx'
import { Difference } from './difference.tsx'

interface CardProps {
  readonly request: ApprovalRequest
  readonly level: Level
}

export const Matter = ({ shown, level }: { shown: RequestForApprover; level: Level }) => (
  <>
    <Difference request={shown.request} level={level} />
    <Call request={shown.request} level={level} />
    <Reason request={shown.request} level={level} />
    <Signed shown={shown} />
  </>
)

const Reason = ({ request, level }: CardProps) => {
  if (request.reason === null) return null
  const relayed = request.door === 'executor'
  return (
    <section class="card" aria-labelledby={landmark(level, `reason-${request.id}`)}>
      <header>
        <CardTitle level={level} id={`reason-${request.id}`}>
          Why, in the {relayed ? 'words of ' : 'agent’s words'}
          {relayed ? <Said text={hostOf(request.audience)} limit={60} /> : null}
        </CardTitle>
        <span class="muted">not checked by anyone</span>
      </header>
      <div class="body">
        <blockquote dir="auto">
          <Said text={request.reason} lines="kept" />
        </blockquote>
      </div>
    </section>
  )
}

const Signed = ({ shown: { request, policyTitle } }: { shown: RequestForApprover }) => (
  <details class="card fold">
    <summary>What your passkey signs, and where to find it again</summary>
    <div class="body">
      <dl class="facts">
        <dt>action</dt>
        <dd class="mono">{request.digest}</dd>
        <dt>preview</dt>
        <dd class="mono">{request.preview?.digest ?? 'none'}</dd>
        <dt>executor</dt>
        <dd>
          <Said text={request.executorTitle} />,{' '}
          <span class="mono">
            <Said text={request.audience} />
          </span>
        </dd>
        <dt>asked through</dt>
        <dd>{request.door === 'executor' ? 'a challenge the executor signed' : 'the agent itself'}</dd>
        <dt>policy</dt>
        <dd>
          {policyTitle} <span class="mono block">{request.policy}</span>
        </dd>
        <dt>token</dt>
        <dd>{termsOf(request)}</dd>
        <dt>held by</dt>
        <dd class="mono">
          <Said text={request.actor} />
        </dd>
        <dt>asked at</dt>
        <dd>
          <time datetime={machineTime(request.createdAt)}>{instant(request.createdAt)}</time>
        </dd>
        <dt>request</dt>
        <dd class="mono">{request.id}</dd>
        <dt>trace</dt>
        <dd class="mono">{request.trace}</dd>
      </dl>
    </div>
  </details>
)

function termsOf({ terms, audience }: ApprovalRequest): string {
  const uses = terms.uses === 1 ? 'one use' : `up to ${count(terms.uses, 'use')}`
  return `${uses}, at ${hostOf(audience)}, within ${duration(terms.ttlSeconds)} of being issued; ${count(terms.quorum, 'approver')} needed`
}
