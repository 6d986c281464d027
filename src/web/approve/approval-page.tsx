/**
 * The approval of one request. The statement on the page is the one that `signed-statement.ts` compares with what the
 * passkey is to sign. SPEC 5.
 */
import type { RequestForApprover } from '../../authority/requests/show.ts'
import type { KillSwitch } from '../../domain/stop/kill-switch.ts'
import { BackLink } from '../parts/card.tsx'
import { InTurns } from '../parts/in-turns.tsx'
import { TimeLeft } from '../parts/times.tsx'
import { Decision, EndOfRequest, mayBeChanged } from './decision.tsx'
import { mayBecomeGrant } from './grant-page.tsx'
import type { Progress } from './progress.ts'
import { RequestBody } from './request-body.tsx'
import { RequestHead } from './request-head.tsx'
import { RequestWarnings } from './request-warnings.tsx'
import { RefusedNotice, StopLinks, StoppedNotice } from './stop-links.tsx'
import { mayBegin, VerdictCard } from './verdict.tsx'

interface ApprovalProps {
  readonly shown: RequestForApprover
  readonly now: number
  readonly progress: Progress
  /** The kill switch that stops the request, where it is known. */
  readonly stoppedBy?: KillSwitch | undefined
  /** A change to the authority, which is outside every kill switch. */
  readonly isOwn: boolean
}

export const Approval = ({ shown, now, progress, stoppedBy, isOwn }: ApprovalProps) => {
  const { request } = shown
  const open = shown.state === 'pending' && !shown.consentedByMe
  return (
    <main
      id="content"
      class={`approval ${open ? 'open' : 'closed'}`}
      data-approval={request.id}
      data-digest={request.digest}
      data-statement={JSON.stringify(shown.statement)}
      data-state={shown.state}
      data-version={`${shown.state}.${request.consents}.${progress.stage}.${shown.cannotConsent === null}.${shown.refusedNow === null}.${shown.stoppedNow}`}
      data-expires={request.expiresAt}
    >
      <div class="request stack">
        {open ? (
          <p class="deadline">
            <BackLink to="/">Inbox</BackLink>
            <TimeLeft expiresAt={request.expiresAt} now={now} timer announced />
          </p>
        ) : null}
        <RequestHead request={request} principalName={shown.principalName} />
        {shown.stoppedNow && mayBegin(shown, progress, now) ? (
          <StoppedNotice by={stoppedBy} isPending={shown.state === 'pending'} />
        ) : null}
        {shown.refusedNow !== null && mayBegin(shown, progress, now) ? (
          <RefusedNotice why={shown.refusedNow} isPending={shown.state === 'pending'} />
        ) : null}
        {open ? (
          <InTurns parts={[<RequestWarnings shown={shown} />]} />
        ) : (
          <VerdictCard shown={shown} progress={progress} now={now} />
        )}
        <RequestBody shown={shown} level={2} />
        {open ? <EndOfRequest /> : null}
        {isOwn ? null : <StopLinks request={request} />}
      </div>
      {open ? <Decision shown={shown} changes={mayBeChanged(shown)} grants={mayBecomeGrant(shown)} /> : null}
    </main>
  )
}
