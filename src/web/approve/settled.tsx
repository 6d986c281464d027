/**
 * What became of a request that no longer waits for this person: the verdict, what happens next, the story so far.
 *
 * In: the request, its state as of now and its progress. Out: the answer at the head of the page.
 */
import type { Child } from 'hono/jsx'
import type { RequestForApprover } from '../../authority/requests/show.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { Icon, type IconName } from '../frame/icons.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { clockTime, count, duration, machineTime } from '../frame/wording.ts'
import { REQUEST_TAKES, RevokeButton } from '../stop/revoke-button.tsx'
import type { Progress, Step } from './progress.ts'

interface SettledProps {
  readonly shown: RequestForApprover
  readonly progress: Progress
  readonly now: number
}

export const Settled = ({ shown, progress, now }: SettledProps) => {
  const verdict = verdictOf(shown, progress, now)
  return (
    <section class={`card verdict ${verdict.tone}`} aria-labelledby="verdict">
      <div class="body">
        <Icon name={verdict.icon} />
        <div>
          <h2 id="verdict" tabindex={-1}>
            {verdict.title}
          </h2>
          <p>{verdict.next}</p>
        </div>
      </div>
      {progress.steps.length > 0 ? <Story steps={progress.steps} /> : null}
      <footer>
        <a class="button" href="/">
          Back to the inbox
        </a>
        {isLive(shown, progress) ? (
          <>
            <RevokeButton path={`/requests/${shown.request.id}`} label="this request" takes={REQUEST_TAKES} />
            <span class="status" role="status" aria-live="polite" data-status=""></span>
          </>
        ) : null}
      </footer>
    </section>
  )
}

/** Whether there is something left to end: a wait, a token, a call under way. */
const isLive = ({ state }: RequestForApprover, { stage }: Progress): boolean =>
  state === 'pending' || (state === 'approved' && (stage === 'asked' || stage === 'redeemed'))

export interface Verdict {
  readonly tone: 'good' | 'bad' | 'waiting'
  readonly icon: IconName
  readonly title: string
  readonly next: Child
}

const bad = (title: string, next: Child): Verdict => ({ tone: 'bad', icon: 'refused', title, next })
const good = (title: string, next: Child): Verdict => ({ tone: 'good', icon: 'done', title, next })
const waiting = (title: string, next: Child): Verdict => ({ tone: 'waiting', icon: 'waiting', title, next })

export function verdictOf({ request, state }: RequestForApprover, progress: Progress, now: number): Verdict {
  switch (state) {
    case 'denied':
      return bad('Denied', 'Nothing happened, and nothing will. The agent is told that the answer was no.')
    case 'expired':
      return bad('Expired', 'The time to answer ran out. Nothing happened; the agent may ask again.')
    case 'withdrawn':
      return bad('Withdrawn', 'The agent took this request back, or it was ended here. Nothing happened.')
    case 'pending':
      return stillPending(request)
    case 'approved':
      return approved(request, progress, now)
  }
}

function stillPending(request: ApprovalRequest): Verdict {
  const missing = request.terms.quorum - request.consents
  return waiting(
    `You consented: ${request.consents} of ${request.terms.quorum}`,
    `Waiting for ${count(missing, 'more approver')}. Nothing happens until then.`,
  )
}

function approved(request: ApprovalRequest, { stage }: Progress, now: number): Verdict {
  const actor = <Said text={request.actor} limit={60} />
  switch (stage) {
    case 'redeemed':
      return good('Approved, and under way', 'The executor has spent the token and has not reported the outcome yet.')
    case 'succeeded':
      return good('Approved, and done', 'The executor reports that it succeeded.')
    case 'failed':
      return bad('Approved, but it failed', 'The executor tried and reports that it failed.')
    case 'aborted':
      return bad('Approved, but stopped halfway', 'The executor began and stopped before the end.')
    case 'missing':
      return bad('Approved, outcome unknown', 'The token was spent, and the executor never said what came of it.')
    case 'revoked':
      return bad('Approved, then revoked', 'The token was revoked before it was spent. Nothing happened.')
    case 'asked':
      return good('Approved', <NotYet actor={actor} request={request} now={now} />)
  }
}

const NotYet = ({ actor, request, now }: { actor: Child; request: ApprovalRequest; now: number }) => {
  const { ttlSeconds, uses } = request.terms
  const often = uses === 1 ? 'once' : `up to ${count(uses, 'time')}`
  if (request.decidedAt !== null && now > request.decidedAt + ttlSeconds && request.jti !== null)
    return <>{actor} collected the token and let it lapse. Nothing happened.</>
  return (
    <>
      {actor} may now do exactly this {often}, within {duration(ttlSeconds)} of collecting the token.
    </>
  )
}

const MARKS = { good: '✓', bad: '✕', plain: '·' } as const

const Story = ({ steps }: { steps: readonly Step[] }) => (
  <ol class="story">
    {steps.map((step) => (
      <li class={step.tone} data-mark={MARKS[step.tone]}>
        <time datetime={machineTime(step.at)}>{clockTime(step.at)}</time>
        <b>
          <Said text={step.title} />
        </b>
        {step.detail ? (
          <span class="muted block">
            <Said text={step.detail} />
          </span>
        ) : null}
      </li>
    ))}
  </ol>
)
