/**
 * Several requests on one page, each shown in full, answered with one passkey confirmation.
 *
 * In: requests as this approver may see them, in the order chosen. Out: the page's content. A request that has ended
 * shows its verdict, so the page stays the same after the answer. `browser/approve-together-script.ts` compares the
 * page with every statement before the passkey signs. SPEC 5.
 */
import type { RequestForApprover } from '../../authority/requests/show.ts'
import { BackLink } from '../parts/card.tsx'
import { Icon } from '../parts/icons.tsx'
import { TimeLeft } from '../parts/times.tsx'
import { count } from '../parts/wording.ts'
import { BatchDecision } from './batch-decision.tsx'
import { type BatchItem, batchPath, isOpen, isPending } from './batch-item.ts'
import { Consequences } from './decision.tsx'
import { RequestBody } from './request-body.tsx'
import { RequestHead } from './request-head.tsx'
import { RequestWarnings } from './request-warnings.tsx'
import { verdictOf } from './verdict.tsx'

interface BatchProps {
  readonly items: readonly BatchItem[]
  readonly now: number
}

export const Batch = ({ items, now }: BatchProps) => {
  const pending = items.filter(({ shown }) => isPending(shown))
  const ids = items.map(({ shown }) => shown.request.id)
  return (
    <main id="content" class={`approval ${pending.length > 0 ? 'open' : 'closed'}`} data-batch="">
      <div class="request">
        <p class="deadline">
          <BackLink to="/">Inbox</BackLink>
        </p>
        <div data-batch-head="">
          <h1 tabindex={-1}>{batchTitle(items)}</h1>
          <p class="lead">{pending.length > 0 ? ALL_SHOWN : summaryOf(items)}</p>
        </div>
        <ol class="several">
          {items.map((item, at) => (
            <BatchEntry item={item} place={`${at + 1} of ${items.length}`} ids={ids} now={now} />
          ))}
        </ol>
      </div>
      {pending.length > 0 ? <BatchDecision items={items} /> : null}
    </main>
  )
}

const ALL_SHOWN =
  'Each request is shown in full. One passkey confirmation approves all that are still open, and nothing else.'

export function batchTitle(items: readonly BatchItem[]): string {
  const open = items.filter(({ shown }) => isOpen(shown)).length
  if (open > 1) return `${open} requests, one confirmation`
  if (items.some(({ shown }) => isPending(shown))) return count(items.length, 'request')
  return `${count(items.length, 'request')} answered`
}

const VERDICTS = {
  approved: 'approved',
  denied: 'denied',
  expired: 'expired',
  withdrawn: 'withdrawn',
  pending: 'waiting for others',
} as const

/** `3 approved, 1 withdrawn.` */
function summaryOf(items: readonly BatchItem[]): string {
  const words = items.map(({ shown }) => VERDICTS[shown.state])
  const counts = Object.values(VERDICTS).map((word) => [words.filter((one) => one === word).length, word] as const)
  const named = counts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`)
  return `${named.join(', ')}.`
}

interface EntryProps {
  readonly item: BatchItem
  readonly place: string
  readonly ids: readonly string[]
  readonly now: number
}

const BatchEntry = ({ item: { shown, progress }, place, ids, now }: EntryProps) => {
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
          {isPending(shown) ? <TimeLeft expiresAt={request.expiresAt} now={now} timer /> : null}
        </header>
        <RequestHead request={request} principalName={shown.principalName} oneOfMany />
        <p class="status" data-note=""></p>
        {isPending(shown) ? (
          <PendingEntry shown={shown} ids={ids} />
        ) : (
          <EndedEntry shown={shown} progress={progress} now={now} />
        )}
      </article>
    </li>
  )
}

const PendingEntry = ({ shown, ids }: { shown: RequestForApprover; ids: readonly string[] }) => {
  const { request } = shown
  const cannot = shown.cannotConsent ?? shown.alone
  return (
    <>
      {cannot === null ? null : <p class="cannot">{cannot} It is left out of the joint confirmation.</p>}
      <RequestWarnings shown={shown} />
      <RequestBody shown={shown} level={3} />
      <div class="apart">
        <Consequences shown={shown} />
        <div class="buttons-inline">
          <button type="button" class="small refuse" data-deny-one="" aria-describedby={`asked-${request.id}`}>
            Deny this one
          </button>
          <a class="button" href={batchPath(ids.filter((id) => id !== request.id))}>
            Decide later
          </a>
        </div>
      </div>
    </>
  )
}

const EndedEntry = ({ shown, progress, now }: BatchItem & { readonly now: number }) => {
  const { tone, icon, title, next } = verdictOf(shown, progress, now)
  return (
    <div class={`card verdict ${tone}`}>
      <div class="body">
        <Icon name={icon} />
        <div>
          <h3 data-verdict="">{title}</h3>
          <p>{next}</p>
          <p>
            <a href={`/approve/${shown.request.id}`}>Open the full request</a>
          </p>
        </div>
      </div>
    </div>
  )
}
