/**
 * Several requests on one page: each whole, as on a page of its own, and one gesture for all that can be consented to.
 *
 * In: requests as this approver may see them, in the order chosen. Out: the page's content; what has ended shows its
 * verdict, so that the page after the answer is the same page. `browser/approve-together.ts` compares what is shown
 * with every statement before the passkey signs.
 */
import type { RequestForApprover } from '../../authority/requests/show.ts'
import { Icon } from '../frame/icons.tsx'
import { count, timeLeft } from '../frame/wording.ts'
import { BatchDecision } from './batch-decision.tsx'
import { batchPath, isOpen, isPending, type Listed } from './batch-list.ts'
import { Consequences } from './decision.tsx'
import { Matter } from './request-body.tsx'
import { Asked } from './request-head.tsx'
import { verdictOf } from './settled.tsx'
import { Notices } from './warnings.tsx'

interface BatchProps {
  readonly listed: readonly Listed[]
  readonly now: number
}

export const Batch = ({ listed, now }: BatchProps) => {
  const pending = listed.filter(({ shown }) => isPending(shown))
  const ids = listed.map(({ shown }) => shown.request.id)
  return (
    <main id="content" class={`approval ${pending.length > 0 ? 'open' : 'closed'}`} data-batch="">
      <div class="matter">
        <p class="deadline">
          <a class="back" href="/">
            Inbox
          </a>
        </p>
        <div data-batch-head="">
          <h1 tabindex={-1}>{titleOf(listed)}</h1>
          <p class="lead">{pending.length > 0 ? WHOLE : summaryOf(listed)}</p>
        </div>
        <ol class="several">
          {listed.map((one, at) => (
            <One listed={one} place={`${at + 1} of ${listed.length}`} ids={ids} now={now} />
          ))}
        </ol>
      </div>
      {pending.length > 0 ? <BatchDecision listed={listed} /> : null}
    </main>
  )
}

const WHOLE = 'Each is here, whole. Your passkey signs all that are still open with one gesture, and nothing else.'

export function titleOf(listed: readonly Listed[]): string {
  const open = listed.filter(({ shown }) => isOpen(shown)).length
  if (open > 1) return `${open} requests, one gesture`
  if (listed.some(({ shown }) => isPending(shown))) return count(listed.length, 'request')
  return `${count(listed.length, 'request')} answered`
}

const VERDICTS = {
  approved: 'approved',
  denied: 'denied',
  expired: 'expired',
  withdrawn: 'withdrawn',
  pending: 'waiting for others',
} as const

/** `3 approved, 1 withdrawn.` */
function summaryOf(listed: readonly Listed[]): string {
  const words = listed.map(({ shown }) => VERDICTS[shown.state])
  const counts = Object.values(VERDICTS).map((word) => [words.filter((one) => one === word).length, word] as const)
  const said = counts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`)
  return `${said.join(', ')}.`
}

interface OneProps {
  readonly listed: Listed
  readonly place: string
  readonly ids: readonly string[]
  readonly now: number
}

const One = ({ listed: { shown, progress }, place, ids, now }: OneProps) => {
  const { request } = shown
  return (
    <li
      class="one"
      data-approval={request.id}
      data-digest={request.digest}
      data-preview={request.preview?.digest ?? ''}
      data-audience={request.audience}
      data-state={shown.state}
      data-open={isOpen(shown) ? '' : undefined}
      data-pending={isPending(shown) ? '' : undefined}
      data-version={`${shown.state}.${request.consents}.${progress.stage}.${isOpen(shown)}`}
      data-expires={request.expiresAt}
    >
      <article aria-labelledby={`asked-${request.id}`}>
        <header class="deadline">
          <span class="muted">{place}</span>
          {isPending(shown) ? <Left expiresAt={request.expiresAt} now={now} /> : null}
        </header>
        <Asked request={request} principalName={shown.principalName} oneOfMany />
        <p class="status" data-note=""></p>
        {isPending(shown) ? (
          <Pending shown={shown} ids={ids} />
        ) : (
          <Verdict shown={shown} progress={progress} now={now} />
        )}
      </article>
    </li>
  )
}

const Left = ({ expiresAt, now }: { expiresAt: number; now: number }) => (
  <span class={`pill warn${expiresAt - now <= 60 ? ' urgent' : ''}`}>
    <span role="timer" aria-label="Time left to answer" class="clock" data-expires-text={expiresAt}>
      {timeLeft(expiresAt - now)}
    </span>{' '}
    left
  </span>
)

const Pending = ({ shown, ids }: { shown: RequestForApprover; ids: readonly string[] }) => {
  const { request } = shown
  const cannot = shown.cannotConsent ?? shown.alone
  return (
    <>
      {cannot === null ? null : <p class="cannot">{cannot} It is not part of the gesture.</p>}
      <Notices shown={shown} />
      <Matter shown={shown} level={3} />
      <div class="apart">
        <Consequences shown={shown} />
        <div class="buttons-inline">
          <button type="button" class="small refuse" data-deny-one="" aria-describedby={`asked-${request.id}`}>
            Deny this one
          </button>
          <a class="button" href={batchPath(ids.filter((id) => id !== request.id))}>
            Leave it for later
          </a>
        </div>
      </div>
    </>
  )
}

const Verdict = ({ shown, progress, now }: Listed & { readonly now: number }) => {
  const { tone, icon, title, next } = verdictOf(shown, progress, now)
  return (
    <div class={`card verdict ${tone}`}>
      <div class="body">
        <Icon name={icon} />
        <div>
          <h3 data-verdict="">{title}</h3>
          <p>{next}</p>
          <p>
            <a href={`/approve/${shown.request.id}`}>Its page, with the whole call</a>
          </p>
        </div>
      </div>
    </div>
  )
}
