/**
 * The approval: everything a person needs to say yes or no, and the two answers.
 *
 * In: a request as this approver may see it. Out: the page's content, by state.
 * The digest shown is the one `browser/approve.ts` compares with the statement before the passkey signs.
 */
import type { ApprovalRequest } from '../approval/request.ts'
import type { RequestForApprover } from '../services.ts'
import { Asked } from './asked.tsx'
import { Call } from './call.tsx'
import { Decision } from './decision.tsx'
import { Difference } from './difference.tsx'
import { Notices } from './notices.tsx'
import type { Progress } from './progress.ts'
import { Said } from './said.tsx'
import { Settled } from './settled.tsx'
import { count, duration, hostOf, instant, machineTime, timeLeft } from './wording.ts'

interface ApprovalProps {
  readonly shown: RequestForApprover
  readonly now: number
  readonly progress: Progress
}

export const Approval = ({ shown, now, progress }: ApprovalProps) => {
  const { request } = shown
  const open = shown.state === 'pending' && !shown.consentedByMe
  return (
    <main
      id="content"
      class={`approval ${open ? 'open' : 'closed'}`}
      data-approval={request.id}
      data-digest={request.digest}
      data-preview={request.preview?.digest ?? ''}
      data-audience={request.audience}
      data-state={shown.state}
      data-version={`${shown.state}.${request.consents}.${progress.stage}`}
      data-expires={request.expiresAt}
    >
      <div class="matter">
        {open ? <TimeLeft request={request} now={now} /> : null}
        <Asked request={request} principalName={shown.principalName} />
        {open ? <Notices shown={shown} /> : null}
        {open ? null : <Settled shown={shown} progress={progress} now={now} />}
        <Difference preview={request.preview} agent={request.agent} />
        <Call request={request} />
        <Reason request={request} />
        <Signed shown={shown} />
      </div>
      {open ? <Decision shown={shown} /> : null}
    </main>
  )
}

const TimeLeft = ({ request, now }: { request: ApprovalRequest; now: number }) => (
  <p class="deadline">
    <a class="back" href="/">
      Inbox
    </a>
    <span class={`pill warn${request.expiresAt - now <= 60 ? ' urgent' : ''}`}>
      <span
        role="timer"
        aria-label="Time left to answer"
        class="clock"
        data-expires-text={request.expiresAt}
        data-announce=""
      >
        {timeLeft(request.expiresAt - now)}
      </span>{' '}
      left
    </span>
  </p>
)

const Reason = ({ request }: { request: ApprovalRequest }) => {
  if (request.reason === null) return null
  const relayed = request.door === 'executor'
  return (
    <section class="card" aria-labelledby="reason">
      <header>
        <h2 id="reason">
          Why, in the {relayed ? 'words of ' : 'agent’s words'}
          {relayed ? <Said text={hostOf(request.audience)} limit={60} /> : null}
        </h2>
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

export function termsOf({ terms, audience }: ApprovalRequest): string {
  const uses = terms.uses === 1 ? 'one use' : `up to ${count(terms.uses, 'use')}`
  return `${uses}, at ${hostOf(audience)}, within ${duration(terms.ttlSeconds)} of being issued; ${count(terms.quorum, 'approver')} needed`
}
