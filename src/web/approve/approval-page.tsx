/**
 * The approval: everything a person needs to say yes or no, and the two answers.
 *
 * In: a request as this approver may see it. Out: the page's content, by state.
 * The digest shown is the one `browser/approve.ts` compares with the statement before the passkey signs.
 */

import type { RequestForApprover } from '../../authority/requests/show.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { KillSwitch } from '../../domain/stop/kill-switch.ts'
import { timeLeft } from '../frame/wording.ts'
import { Decision } from './decision.tsx'
import type { Progress } from './progress.ts'
import { Matter } from './request-body.tsx'
import { Asked } from './request-head.tsx'
import { Settled } from './settled.tsx'
import { StopFrom, Stopped } from './stop-links.tsx'
import { Notices } from './warnings.tsx'

interface ApprovalProps {
  readonly shown: RequestForApprover
  readonly now: number
  readonly progress: Progress
  /** What stops it, if a switch does. */
  readonly stopped?: KillSwitch | undefined
  /** A change to the authority, which lies outside every kill switch. */
  readonly isOwnAgent: boolean
}

export const Approval = ({ shown, now, progress, stopped, isOwnAgent }: ApprovalProps) => {
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
      data-version={`${shown.state}.${request.consents}.${progress.stage}.${shown.cannotConsent === null}`}
      data-expires={request.expiresAt}
    >
      <div class="matter">
        {open ? <TimeLeft request={request} now={now} /> : null}
        <Asked request={request} principalName={shown.principalName} />
        {stopped && /^(pending|approved)$/.test(shown.state) ? <Stopped by={stopped} /> : null}
        {open ? <Notices shown={shown} /> : null}
        {open ? null : <Settled shown={shown} progress={progress} now={now} />}
        <Matter shown={shown} level={2} />
        {isOwnAgent ? null : <StopFrom request={request} />}
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
