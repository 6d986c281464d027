/**
 * What waits for this person: a row for each request, similar ones folded, each with a box to choose it with others.
 *
 * In: the inbox. Out: a form that leads to a page of all that were chosen. Choosing answers nothing.
 */
import { MAX_BATCH } from '../../api/requests/answer-shapes.ts'
import type { Inbox } from '../../authority/requests/inbox.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { EffectPill, sentenceOf, titleOf } from '../approve/request-head.tsx'
import { Said, Sentence } from '../frame/untrusted-text.tsx'
import { age, count, hostOf, machineTime, timeLeft } from '../frame/wording.ts'
import { differences, type Fold, foldSimilar, gravestEffect, sharedSentence } from './fold.ts'

type Standing = Pick<Inbox, 'together' | 'stopped'>

export const Waiting = ({ inbox, now }: { inbox: Inbox; now: number }) => (
  <form id="choice" action="/approve" method="get">
    <ul class="rows card" data-rows="waiting">
      {foldSimilar(inbox.waiting).map((fold) => {
        const [only, ...others] = fold.requests
        return only && others.length === 0 ? (
          <Row request={only} standing={inbox} now={now} />
        ) : (
          <Folded fold={fold} standing={inbox} now={now} />
        )
      })}
    </ul>
  </form>
)

interface RowProps {
  readonly request: ApprovalRequest
  readonly standing: Standing
  readonly now: number
  /** What tells it from others in its fold. */
  readonly differing?: string
}

const Row = ({ request, standing: { together, stopped }, now, differing = '' }: RowProps) => (
  <li class="choosable" data-row={request.id}>
    {together.has(request.id) ? (
      <label class="choose">
        <input type="checkbox" name="request" value={request.id} aria-label={`Choose: ${titleOf(request)}`} />
      </label>
    ) : (
      <span class="choose"></span>
    )}
    <a class="row" href={`/approve/${request.id}`}>
      <span class="what">
        <Sentence segments={sentenceOf(request)} limit={60} />
      </span>
      <span class="by">
        <Said text={request.agent} limit={60} /> for <Said text={request.principal} limit={60} />, at{' '}
        <Said text={hostOf(request.audience)} limit={60} />
        {differing === '' ? null : (
          <span class="block">
            <Said text={differing} limit={120} />
          </span>
        )}
      </span>
      <span class="signs">
        {stopped.has(request.id) ? <span class="pill danger">Stopped by a kill switch</span> : null}
        <EffectPill effect={request.catalogueEntry.effect} />
        {request.terms.quorum > 1 ? (
          <span class="pill">
            {request.consents} of {request.terms.quorum} approved
          </span>
        ) : null}
        <Left requests={[request]} now={now} />
        <Age since={request.createdAt} now={now} />
      </span>
    </a>
  </li>
)

interface FoldedProps {
  readonly fold: Fold
  readonly standing: Standing
  readonly now: number
}

const Folded = ({ fold: { key, requests }, standing, now }: FoldedProps) => {
  const choosable = requests.filter(({ id }) => standing.together.has(id))
  const stopped = requests.filter(({ id }) => standing.stopped.has(id)).length
  return (
    <li class="choosable fold-rows" data-fold={key}>
      {choosable.length > 0 ? (
        <label class="choose">
          <input type="checkbox" data-choose-fold="" aria-label={allOf(choosable.length)} />
        </label>
      ) : (
        <span class="choose"></span>
      )}
      <details>
        <summary class="row">
          <Summary requests={requests} stopped={stopped} now={now} />
        </summary>
        <ul class="rows">
          {requests.map((request) => (
            <Row request={request} standing={standing} now={now} differing={differences(request, requests)} />
          ))}
        </ul>
      </details>
    </li>
  )
}

const allOf = (count: number): string =>
  count > MAX_BATCH ? `Choose the first ${MAX_BATCH} of these ${count}` : `Choose all ${count} of these`

interface SummaryProps {
  readonly requests: readonly ApprovalRequest[]
  readonly stopped: number
  readonly now: number
}

const Summary = ({ requests, stopped, now }: SummaryProps) => {
  const [first, ...others] = requests
  if (!first) return null
  const principals = new Set(requests.map(({ principal }) => principal))
  return (
    <>
      <span class="what">
        <span class="pill strong">{requests.length}</span> <Sentence segments={sharedSentence(requests)} limit={60} />
      </span>
      <span class="by">
        <Said text={first.agent} limit={60} /> for{' '}
        {principals.size === 1 ? <Said text={first.principal} limit={60} /> : count(principals.size, 'principal')}, at{' '}
        <Said text={hostOf(first.audience)} limit={60} />: {count(others.length + 1, 'similar request')}
      </span>
      <span class="signs">
        {stopped > 0 ? <span class="pill danger">{stopped} stopped</span> : null}
        <EffectPill effect={gravestEffect(requests)} />
        <Left requests={requests} now={now} />
        <Age since={Math.min(...requests.map(({ createdAt }) => createdAt))} now={now} />
      </span>
    </>
  )
}

const HOUR_SECONDS = 3600

/** Of the one that ends first. As wide as it will ever be, so that counting down moves nothing. */
const Left = ({ requests, now }: { requests: readonly ApprovalRequest[]; now: number }) => {
  const first = requests.reduce((one, other) => (other.expiresAt < one.expiresAt ? other : one))
  const isLong = requests.some(({ expiresAt, createdAt }) => expiresAt - createdAt >= HOUR_SECONDS)
  return (
    <span class="pill warn">
      <span class={isLong ? 'clock long' : 'clock'} data-expires-text={first.expiresAt}>
        {timeLeft(first.expiresAt - now)}
      </span>{' '}
      left
    </span>
  )
}

export const Age = ({ since, now }: { since: number; now: number }) => (
  <time class="muted age" datetime={machineTime(since)} data-since={since}>
    {age(now - since)}
  </time>
)

/** Outside of what is fetched anew, so that it stays under the finger that reaches for it. */
export const ChoiceBar = () => (
  <section class="choice" aria-label="Chosen requests" data-choice="" hidden>
    <p>
      <b data-chosen="">1 chosen</b>
      <span class="muted block" data-chosen-note="">
        Choosing answers nothing yet.
      </span>
    </p>
    <button type="button" class="quiet" data-choose-none="">
      Clear
    </button>
    <button type="submit" class="primary" form="choice" data-choice-go="">
      Read them
    </button>
  </section>
)
