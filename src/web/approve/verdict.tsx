/** How a request ended that no longer waits for this person, what happens next, the steps so far. */
import type { Child } from 'hono/jsx'
import type { RequestForApprover, ShownQuorum } from '../../authority/requests/show.ts'
import type { ApprovalRequest, Denial } from '../../domain/approval/approval-request.ts'
import { StatusLine } from '../parts/card.tsx'
import { DenialReason } from '../parts/denial-reason.tsx'
import { Icon, type IconName } from '../parts/icons.tsx'
import { CONSEQUENCES, RevokeButton } from '../parts/stop-and-revoke.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { clockTime, count, duration, machineTime } from '../parts/wording.ts'
import type { Progress, Step } from './progress.ts'
import { neededWords } from './quorum-card.tsx'

interface VerdictProps {
  readonly shown: RequestForApprover
  readonly progress: Progress
  readonly now: number
}

export const VerdictCard = ({ shown, progress, now }: VerdictProps) => {
  const verdict = verdictOf(shown, progress)
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
      {progress.steps.length > 0 ? <Steps steps={progress.steps} /> : null}
      <footer>
        <a class="button" href="/">
          Back to the inbox
        </a>
        {isLive(shown, progress, now) ? (
          <>
            <RevokeButton
              path={`/requests/${shown.request.id}`}
              label="this request"
              consequence={CONSEQUENCES.request}
            />
            <StatusLine inline />
          </>
        ) : null}
      </footer>
    </section>
  )
}

/** Whether there is something left to end: a pending request, a token, a call in progress. */
const isLive = (shown: RequestForApprover, { stage }: Progress, now: number): boolean =>
  shown.state === 'pending' ||
  (shown.state === 'approved' && (stage === 'redeemed' || (stage === 'asked' && !isOver(shown, now))))

/** Whether a call of this request can still begin: only then can a kill switch stop it. */
export const mayBegin = (shown: RequestForApprover, { stage }: Progress, now: number): boolean =>
  shown.state === 'pending' ||
  (shown.state === 'approved' &&
    !isOver(shown, now) &&
    (stage === 'asked' || (shown.request.terms.uses > 1 && stage !== 'revoked')))

const isOver = ({ request: { series, expiresAt }, tokenEnded }: RequestForApprover, now: number): boolean =>
  tokenEnded || (series !== null && (series.endedAt !== null || now >= expiresAt))

interface Verdict {
  readonly tone: 'good' | 'bad' | 'waiting'
  readonly icon: IconName
  readonly title: string
  readonly next: Child
}

const bad = (title: string, next: Child): Verdict => ({ tone: 'bad', icon: 'refused', title, next })
const good = (title: string, next: Child): Verdict => ({ tone: 'good', icon: 'done', title, next })
const waiting = (title: string, next: Child): Verdict => ({ tone: 'waiting', icon: 'waiting', title, next })

export function verdictOf(
  { request, state, deniedBy, quorum, tokenEnded, refusedNow, stoppedNow }: RequestForApprover,
  progress: Progress,
): Verdict {
  const hindrance = stoppedNow ? STOPPED : refusedNow !== null ? REFUSED : null
  switch (state) {
    case 'denied':
      return bad('Denied', <DeniedBy denial={request.denial} by={deniedBy} />)
    case 'expired':
      return bad('Expired', 'The time to answer ran out. Nothing happened. The agent may ask again.')
    case 'withdrawn':
      return bad('Withdrawn', 'The agent withdrew this request. Nothing happened.')
    case 'stopped':
      return bad('Stopped', 'It was revoked, or its agent or executor was removed. Nothing happened, and nothing will.')
    case 'changed':
      return waiting('Changed', <ChangedTo to={request.changedTo} />)
    case 'pending':
      return stillPending(request, quorum, hindrance)
    case 'approved':
      return progress.stage === 'asked' && hindrance !== null
        ? bad(`Approved, but ${hindrance.title}`, <Unusable actor={request.actor} why={hindrance.why} />)
        : approved(request, progress, tokenEnded)
  }
}

const ChangedTo = ({ to }: { to: string | null }) => (
  <>
    An approver changed the call. {to === null ? null : <a href={`/approve/${to}`}>The changed call</a>} takes its
    place: no consent to this one counts for that.
  </>
)

const DeniedBy = ({ denial, by }: { denial: Denial | null; by: string | null }) => (
  <>
    {by === null ? 'An approver' : <UntrustedText text={by} limit={100} />} denied it. Nothing happened, and nothing
    will.{' '}
    {denial?.reason ? (
      <>
        The agent is told this reason, as a person’s words:
        <DenialReason text={denial.reason} />
      </>
    ) : (
      'The agent is told, without a reason.'
    )}
  </>
)

/** What keeps an answer from being given, and an approval from being used. */
interface Hindrance {
  readonly title: string
  readonly why: string
}

const STOPPED: Hindrance = { title: 'stopped now', why: 'A kill switch stops it now' }
const REFUSED: Hindrance = { title: 'forbidden now', why: 'The policy in force forbids it now' }

function stillPending({ terms }: ApprovalRequest, quorum: ShownQuorum, hindrance: Hindrance | null): Verdict {
  return waiting(
    `You consented: ${quorum.filled} of ${terms.quorum}`,
    hindrance ? `${hindrance.why}, so nobody else can.` : `${neededWords(quorum)} Nothing happens until then.`,
  )
}

const Unusable = ({ actor, why }: { actor: string; why: string }) => (
  <>
    {why}: <UntrustedText text={actor} limit={60} /> gets no token for it, and no executor takes one.
  </>
)

function approved(request: ApprovalRequest, { stage }: Progress, ended: boolean): Verdict {
  const actor = <UntrustedText text={request.actor} limit={60} />
  switch (stage) {
    case 'redeemed':
      return good('Approved, in progress', 'The executor redeemed the token and has not reported the outcome yet.')
    case 'succeeded':
      return good('Approved and done', 'The executor reports success.')
    case 'failed':
      return bad('Approved, but failed', 'The executor tried and reports a failure.')
    case 'aborted':
      return bad('Approved, but aborted', 'The executor started and stopped before the end.')
    case 'indeterminate':
      return bad(
        'Approved, outcome unknown',
        'The executor began, and does not know whether it was done. Look before anybody repeats it.',
      )
    case 'missing':
      return bad('Approved, outcome unknown', 'The token was redeemed, but the executor never reported an outcome.')
    case 'revoked':
      return bad('Approved, then revoked', 'The token was revoked before it was redeemed. Nothing happened.')
    case 'asked':
      return good('Approved', <NotYet actor={actor} request={request} ended={ended} />)
  }
}

const NotYet = ({ actor, request, ended }: { actor: Child; request: ApprovalRequest; ended: boolean }) => {
  const { ttlSeconds, uses } = request.terms
  if (request.series)
    return (
      <>
        {actor} may now make up to {count(uses, 'such call')} until <Moment at={request.expiresAt} />. You can end it at
        any time.
      </>
    )
  const times = uses === 1 ? 'once' : `up to ${count(uses, 'time')}`
  if (ended) return <>{actor} collected the token and did not use it in time. Nothing happened.</>
  return (
    <>
      {actor} may now do exactly this {times}, within {duration(ttlSeconds)} of collecting the token.
    </>
  )
}

const MARKS = { good: '✓', bad: '✕', plain: '·' } as const

const Steps = ({ steps }: { steps: readonly Step[] }) => (
  <ol class="story">
    {steps.map((step) => (
      <li class={step.tone} data-mark={MARKS[step.tone]}>
        <time datetime={machineTime(step.at)}>{clockTime(step.at)}</time>
        <b>
          <UntrustedText text={step.title} />
        </b>
        {step.detail ? (
          <span class="muted block">
            <UntrustedText text={step.detail} />
          </span>
        ) : null}
      </li>
    ))}
  </ol>
)
