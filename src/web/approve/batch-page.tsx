/**
 * Several requests on one page, each shown in full, answered with one passkey confirmation. A request that has ended
 * shows its verdict, so the page stays the same after the answer. `signed-statement.ts` compares the page with every
 * statement before the passkey signs. SPEC 5.
 */
import { MAX_BATCH } from '../../api/requests/answer-shapes.ts'
import type { RequestForApprover } from '../../authority/requests/show.ts'
import { CONCEALING } from '../../domain/approval/concealed-text.ts'
import { describeRequest } from '../../domain/approval/request-words.ts'
import { BackLink, StatusLine } from '../parts/card.tsx'
import { Icon } from '../parts/icons.tsx'
import { InTurns } from '../parts/in-turns.tsx'
import { Budget, createPageBudget } from '../parts/page-budget.ts'
import { EffectPill, Undoing } from '../parts/request-sentence.tsx'
import { TimeLeft } from '../parts/times.tsx'
import { Sentence } from '../parts/untrusted-text.tsx'
import { count } from '../parts/wording.ts'
import { Consequences, DenyReason, EndOfRequest, InPlaceOf, MoreBelow, NeedsJavaScript } from './decision.tsx'
import type { Progress } from './progress.ts'
import { RequestBody } from './request-body.tsx'
import { RequestHead } from './request-head.tsx'
import { RequestWarnings } from './request-warnings.tsx'
import { verdictOf } from './verdict.tsx'

export const Batch = ({ items, now }: { items: readonly BatchItem[]; now: number }) => {
  const pending = items.filter(({ shown }) => isPending(shown))
  const ids = items.map(({ shown }) => shown.request.id)
  return (
    <main id="content" class={`approval ${pending.length > 0 ? 'open' : 'closed'}`} data-batch="">
      <div class="request stack">
        <p class="deadline">
          <BackLink to="/">Inbox</BackLink>
        </p>
        <div data-batch-head="">
          <h1 tabindex={-1}>{batchTitle(items)}</h1>
          <p class="lead">{items.filter(isOpen).length > 1 ? ALL_SHOWN : summaryOf(items)}</p>
        </div>
        <ol class="several stack">
          {items.map((item, at) => (
            <Budget.Provider value={createPageBudget(items.length)}>
              <BatchEntry item={item} place={`${at + 1} of ${items.length}`} ids={ids} now={now} />
            </Budget.Provider>
          ))}
        </ol>
        <EndOfRequest />
      </div>
      {pending.length > 0 ? <BatchDecision items={items} /> : null}
    </main>
  )
}

const ALL_SHOWN =
  'Each request is shown in full. One passkey confirmation approves all that are still open, and nothing else.'

export function batchTitle(items: readonly BatchItem[]): string {
  const open = items.filter(isOpen).length
  if (open > 1) return `${open} requests, one confirmation`
  if (items.some(({ shown }) => isPending(shown))) return count(items.length, 'request')
  return `${count(items.length, 'request')} answered`
}

const VERDICTS = {
  approved: 'approved',
  denied: 'denied',
  expired: 'expired',
  withdrawn: 'withdrawn',
  stopped: 'stopped',
  changed: 'changed',
  pending: 'waiting for others',
} as const

const STILL_OPEN = 'still open'

/** `3 approved, 1 withdrawn.` */
function summaryOf(items: readonly BatchItem[]): string {
  const words = items.map(({ shown }) => (isPending(shown) ? STILL_OPEN : VERDICTS[shown.state]))
  const counts = [...Object.values(VERDICTS), STILL_OPEN].map(
    (word) => [words.filter((one) => one === word).length, word] as const,
  )
  const named = counts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`)
  return `${named.join(', ')}.`
}

interface EntryProps {
  readonly item: BatchItem
  readonly place: string
  readonly ids: readonly string[]
  readonly now: number
}

const BatchEntry = ({ item, place, ids, now }: EntryProps) => {
  const { shown, progress } = item
  const { request } = shown
  return (
    <li
      class="one"
      data-approval={request.id}
      data-digest={request.digest}
      data-statement={JSON.stringify(shown.statement)}
      data-state={shown.state}
      data-open={isOpen(item) ? '' : undefined}
      data-pending={isPending(shown) ? '' : undefined}
      data-version={`${shown.state}.${request.consents}.${progress.stage}.${isOpen(item)}`}
      data-expires={request.expiresAt}
    >
      <article class="stack" aria-labelledby={`asked-${request.id}`}>
        <header class="deadline">
          <span class="muted">{place}</span>
          {isPending(shown) ? <TimeLeft expiresAt={request.expiresAt} now={now} timer /> : null}
        </header>
        <RequestHead request={request} principalName={shown.principalName} oneOfMany />
        <p class="status" data-note=""></p>
        {isPending(shown) ? <PendingEntry item={item} ids={ids} /> : <EndedEntry shown={shown} progress={progress} />}
      </article>
    </li>
  )
}

const PendingEntry = ({ item, ids }: { item: BatchItem; ids: readonly string[] }) => {
  const { shown } = item
  const { request } = shown
  const cannot = heldBack(item)
  return (
    <>
      {cannot === null ? null : (
        <p class="cannot">
          {cannot} It is left out of the joint confirmation: <a href={`/approve/${request.id}`}>open it</a>.
        </p>
      )}
      <InPlaceOf absent={shown.onBehalfOf} />
      <InTurns parts={[<RequestWarnings shown={shown} />]} />
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

const EndedEntry = ({ shown, progress }: Omit<BatchItem, 'isConcealing'>) => {
  const { tone, icon, title, next } = verdictOf(shown, progress)
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

const BatchDecision = ({ items }: { items: readonly BatchItem[] }) => {
  const pending = items.filter(({ shown }) => isPending(shown)).length
  const open = items.filter(isOpen).length
  return (
    <section class="decision" aria-label="Your answer" data-version={`${pending}.${open}`}>
      <div class="advice card">
        <h2>Your answer</h2>
        <BatchConsequences pending={pending} open={open} />
        <DenyReason />
      </div>
      <div class="answer">
        <StatusLine />
        <MoreBelow />
        <AtStake items={items.filter(isOpen)} />
        <div class={`buttons${open === 0 ? ' one' : ''}`} data-answers="">
          <button type="button" class="refuse strong" data-deny-all="">
            Deny {pending === 1 ? 'it' : `all ${pending}`}
            <small>nothing happens</small>
          </button>
          {open === 0 ? null : (
            <button type="button" class="consent" data-approve-all="">
              Approve {open}
              <small>with your passkey</small>
            </button>
          )}
        </div>
        <p class="unexpected">If you did not expect one of them, deny it.</p>
      </div>
      <NeedsJavaScript />
    </section>
  )
}

/** The titles and dangers of what the button approves. */
const AtStake = ({ items }: { items: readonly BatchItem[] }) =>
  items.length === 0 ? null : (
    <section class="at-stake" tabindex={0} aria-label="You would approve">
      <ol>
        {items.map(({ shown: { request } }) => (
          <li>
            <Sentence segments={describeRequest(request)} limit={60} />{' '}
            <EffectPill effect={request.catalogueEntry.effect} />
            <Undoing entry={request.catalogueEntry} />
          </li>
        ))}
      </ol>
    </section>
  )

const BatchConsequences = ({ pending, open }: { pending: number; open: number }) => (
  <dl class="consequences">
    <dt>If you deny all</dt>
    <dd>Nothing happens. {pending === 1 ? 'The request ends' : 'The requests end'} for every approver.</dd>
    {open === 0 ? null : (
      <>
        <dt>If you approve</dt>
        <dd>
          Your passkey signs exactly the {count(open, 'request')} listed here. Each is decided separately: if one ends
          in the meantime, the others are not affected.
        </dd>
      </>
    )}
  </dl>
)

export interface BatchItem {
  readonly shown: RequestForApprover
  readonly progress: Progress
  /** Whether its text conceals something, so that a warning stands above it. */
  readonly isConcealing: boolean
}

const isPending = ({ state, consentedByMe }: RequestForApprover): boolean => state === 'pending' && !consentedByMe

/** Whether this person's next confirmation signs it. */
const isOpen = (item: BatchItem): boolean => isPending(item.shown) && heldBack(item) === null

/** What is final or warned about is approved by itself, so that nobody approves it in passing. */
const heldBack = ({ shown, isConcealing }: BatchItem): string | null =>
  shown.cannotConsent ?? shown.alone ?? (isConcealing ? CONCEALING : null)

/** The page of these requests: a single one has its own. */
const batchPath = (ids: readonly string[]): string => {
  const [only = '', ...others] = ids
  return others.length === 0 ? `/approve/${only}` : `/approve?${new URLSearchParams(ids.map((id) => ['request', id]))}`
}

/** The ids in an untrusted address, each once. Undefined if there are none or too many, or if one is not an id. */
export function chosenIds(given: readonly string[]): readonly string[] | undefined {
  const ids = [...new Set(given)]
  const fits = ids.length > 0 && ids.length <= MAX_BATCH && ids.every((id) => /^[A-Za-z0-9_-]{22}$/.test(id))
  return fits ? ids : undefined
}
