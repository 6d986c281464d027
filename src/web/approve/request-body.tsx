/**
 * The body of a request: what would change, the exact call, the reason, what the passkey signs.
 *
 * In: a request as this approver may see it, and its heading level. Out: cards, the same on the page of one request and
 * on the page of several.
 */
import type { RequestForApprover } from '../../authority/requests/show.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { Card, type Level } from '../parts/card.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count, duration, hostOf } from '../parts/wording.ts'
import { CallDetails } from './call-details.tsx'
import { Difference } from './difference.tsx'

interface CardProps {
  readonly request: ApprovalRequest
  readonly level: Level
}

export const RequestBody = ({ shown, level }: { shown: RequestForApprover; level: Level }) => (
  <>
    <Difference request={shown.request} level={level} />
    <CallDetails request={shown.request} level={level} />
    <Reason request={shown.request} level={level} />
    <SignedFacts shown={shown} />
  </>
)

const Reason = ({ request, level }: CardProps) => {
  if (request.reason === null) return null
  const relayed = request.door === 'executor'
  return (
    <Card
      id={`reason-${request.id}`}
      level={level}
      title={relayed ? <ReasonOf audience={request.audience} /> : 'Reason, in the agent’s words'}
      note="not verified"
    >
      <div class="body">
        <blockquote dir="auto">
          <UntrustedText text={request.reason} lines="kept" />
        </blockquote>
      </div>
    </Card>
  )
}

const ReasonOf = ({ audience }: { audience: string }) => (
  <>
    Reason, in the words of <UntrustedText text={hostOf(audience)} limit={60} />
  </>
)

const SignedFacts = ({ shown: { request, policyTitle } }: { shown: RequestForApprover }) => (
  <details class="card fold">
    <summary>Details of what your passkey signs</summary>
    <div class="body">
      <dl class="facts">
        <dt>action</dt>
        <dd class="mono">{request.digest}</dd>
        <dt>preview</dt>
        <dd class="mono">{request.preview?.digest ?? 'none'}</dd>
        <dt>executor</dt>
        <dd>
          <UntrustedText text={request.executorTitle} />,{' '}
          <span class="mono">
            <UntrustedText text={request.audience} />
          </span>
        </dd>
        <dt>requested by</dt>
        <dd>{request.door === 'executor' ? 'a challenge that the executor signed' : 'the agent itself'}</dd>
        <dt>policy</dt>
        <dd>
          {policyTitle} <span class="mono block">{request.policy}</span>
        </dd>
        <dt>token</dt>
        <dd>{termsOf(request)}</dd>
        <dt>held by</dt>
        <dd class="mono">
          <UntrustedText text={request.actor} />
        </dd>
        <dt>requested at</dt>
        <dd>
          <Moment at={request.createdAt} />
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
  return `${uses}, at ${hostOf(audience)}, within ${duration(terms.ttlSeconds)} of being issued; requires ${count(terms.quorum, 'approver')}`
}
