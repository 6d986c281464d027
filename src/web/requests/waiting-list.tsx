/**
 * The requests that wait for this person, each with a box to choose it. Choosing answers nothing. The rows of a group
 * that is closed come with the page where they are few, else when it is opened.
 */
import type { Child } from 'hono/jsx'
import { MAX_BATCH } from '../../api/requests/answer-shapes.ts'
import type { ShownInbox } from '../../authority/requests/inbox.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { describeRequest, maskRequest } from '../../domain/approval/request-words.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import { RowsInTurns } from '../parts/in-turns.tsx'
import { EffectPill, titleOf, Undoing } from '../parts/request-sentence.tsx'
import { Age, TimeLeft } from '../parts/times.tsx'
import { Sentence, UntrustedText } from '../parts/untrusted-text.tsx'
import { count, forWhom, hostOf } from '../parts/wording.ts'
import {
  differencesAmong,
  type Fold,
  foldSimilar,
  gravestEffect,
  leastReversible,
  sharedSentence,
  touchedBy,
  wordsOf,
} from './fold-similar.ts'

/** Which requests can be answered together, which a kill switch stops, and the names of people. */
type Marks = Pick<ShownInbox, 'together' | 'stopped' | 'unfillable'> & { readonly nameOf: NameOf }

export interface Opened {
  /** Keys of the groups that the address opens. */
  readonly open: ReadonlySet<string>
  /** The page with this group open, too. */
  readonly pathTo: (key: string) => string
}

interface WaitingProps extends Opened {
  readonly inbox: ShownInbox
  readonly nameOf: NameOf
  readonly now: number
}

export const WaitingList = ({ inbox, nameOf, now, open, pathTo }: WaitingProps) => {
  const marks = { ...inbox, nameOf }
  const folds = foldSimilar(inbox.waiting)
  const withRows = foldsWithRows(folds, open)
  return (
    <form id="choice" action="/approve" method="get">
      <ul class="rows card" data-rows="waiting">
        <RowsInTurns
          rows={folds.map((fold) => {
            const [only, ...others] = fold.requests
            if (only && others.length === 0) return <Row request={only} marks={marks} now={now} />
            return (
              <Folded fold={fold} marks={marks} now={now} isOpen={open.has(fold.key)}>
                {withRows.has(fold) ? (
                  <FoldRows fold={fold} marks={marks} now={now} />
                ) : (
                  <FoldLink to={pathTo(fold.key)} />
                )}
              </Folded>
            )
          })}
        />
      </ul>
    </form>
  )
}

/** Rows of closed groups that come with the page. */
const MOST_CLOSED_ROWS = 40

function foldsWithRows(folds: readonly Fold[], open: ReadonlySet<string>): ReadonlySet<Fold> {
  let left = MOST_CLOSED_ROWS
  return new Set(
    folds.filter((fold) => {
      const fits = fold.requests.length <= left
      if (fits) left -= fold.requests.length
      return fits || open.has(fold.key)
    }),
  )
}

interface RowProps {
  readonly request: ApprovalRequest
  readonly marks: Marks
  readonly now: number
  /** The arguments in which it differs from the others of its group. */
  readonly differing?: string
}

const Row = ({ request, marks: { together, stopped, unfillable, nameOf }, now, differing = '' }: RowProps) => (
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
        <Sentence segments={describeRequest(request)} limit={60} />
      </span>
      <span class="by">
        <UntrustedText text={request.agent} limit={60} />{' '}
        <UntrustedText text={forWhom(request.agent, request.principal, nameOf(request.principal))} limit={64} />, at{' '}
        <UntrustedText text={hostOf(request.audience)} limit={60} />
        <Target request={request} />
        {differing === '' ? null : (
          <span class="block">
            <UntrustedText text={differing} limit={120} />
          </span>
        )}
      </span>
      <span class="signs">
        {stopped.has(request.id) ? <span class="pill danger">Stopped by a kill switch</span> : null}
        {unfillable.has(request.id) ? (
          <span class="pill warn" title={unfillable.get(request.id)}>
            Too few people can answer
          </span>
        ) : null}
        <EffectPill effect={request.catalogueEntry.effect} />
        {request.catalogueEntry.effect === 'read' ? null : <Undoing entry={request.catalogueEntry} />}
        {request.terms.quorum > 1 ? (
          <span class="pill">
            {request.consents} of {request.terms.quorum} approved
          </span>
        ) : null}
        <FirstDeadline requests={[request]} now={now} />
        <Age since={request.createdAt} now={now} class="muted age" />
      </span>
    </a>
  </li>
)

/** Where the sentence names nothing of the call. The arguments, too, where the resource has none of them. */
const Target = ({ request }: { request: ApprovalRequest }) => {
  const { action } = maskRequest(request).request
  if (!action || describeRequest(request).some(({ from }) => from !== 'executor')) return null
  const values = Object.values(action.arguments)
  const isNamed = values.some((value) => typeof value === 'string' && value !== '' && action.resource.includes(value))
  return (
    <span class="block">
      <UntrustedText text={action.resource} limit={120} />
      {isNamed || values.length === 0 ? null : (
        <>
          , <UntrustedText text={wordsOf(action.arguments)} limit={120} />
        </>
      )}
    </span>
  )
}

interface FoldProps {
  readonly fold: Fold
  readonly marks: Marks
  readonly now: number
}

const Folded = ({
  fold: { key, requests },
  marks,
  now,
  isOpen,
  children,
}: FoldProps & { readonly isOpen: boolean; readonly children?: Child }) => {
  const choosable = requests.filter(({ id }) => marks.together.has(id))
  const stopped = requests.filter(({ id }) => marks.stopped.has(id)).length
  return (
    <li class="choosable fold-rows" data-fold={key} data-members={requests.map(({ id }) => id).join(' ')}>
      {choosable.length > 0 ? (
        <label class="choose">
          <input type="checkbox" data-choose-fold="" aria-label={allOf(choosable.length)} />
        </label>
      ) : (
        <span class="choose"></span>
      )}
      <details open={isOpen}>
        <summary class="row">
          <Summary requests={requests} stopped={stopped} nameOf={marks.nameOf} now={now} />
        </summary>
        {children}
      </details>
    </li>
  )
}

const FoldRows = ({ fold: { requests }, marks, now }: FoldProps) => {
  const differencesOf = differencesAmong(requests)
  return (
    <ul class="rows">
      <RowsInTurns
        rows={requests.map((request) => (
          <Row request={request} marks={marks} now={now} differing={differencesOf(request)} />
        ))}
      />
    </ul>
  )
}

/** The browser's script fetches the rows when the group is opened; without it, this link does. */
const FoldLink = ({ to }: { to: string }) => (
  <p class="row muted">
    <a href={to}>Show each of them</a>
  </p>
)

const allOf = (count: number): string =>
  count > MAX_BATCH ? `Choose the first ${MAX_BATCH} of these ${count}` : `Choose all ${count}`

interface SummaryProps {
  readonly requests: readonly ApprovalRequest[]
  readonly stopped: number
  readonly nameOf: NameOf
  readonly now: number
}

const Summary = ({ requests, stopped, nameOf, now }: SummaryProps) => {
  const [first, ...others] = requests
  if (!first) return null
  const principals = new Set(requests.map(({ principal }) => principal))
  return (
    <>
      <span class="what">
        <span class="pill strong">{requests.length}</span> <Sentence segments={sharedSentence(requests)} limit={60} />
      </span>
      <span class="by">
        <UntrustedText text={first.agent} limit={60} />{' '}
        {principals.size === 1 ? (
          <UntrustedText text={forWhom(first.agent, first.principal, nameOf(first.principal))} limit={64} />
        ) : (
          `for ${count(principals.size, 'principal')}`
        )}
        , at <UntrustedText text={hostOf(first.audience)} limit={60} />: {count(others.length + 1, 'similar request')}
        <Touched requests={requests} />
      </span>
      <span class="signs">
        {stopped > 0 ? <span class="pill danger">{stopped} stopped</span> : null}
        <EffectPill effect={gravestEffect(requests)} />
        <Undoing entry={leastReversible(requests)} />
        <FirstDeadline requests={requests} now={now} />
        <Age since={Math.min(...requests.map(({ createdAt }) => createdAt))} now={now} class="muted age" />
      </span>
    </>
  )
}

/** A folded row has room for a few. */
const MOST_TOUCHED = 3

const Touched = ({ requests }: { requests: readonly ApprovalRequest[] }) => {
  const touched = [...new Set(requests.map(touchedBy))].filter((text) => text !== '')
  const more = touched.length - MOST_TOUCHED
  if (touched.length < 2) return null
  return (
    <>
      {touched.slice(0, MOST_TOUCHED).map((text) => (
        <span class="block">
          <UntrustedText text={text} limit={80} />
        </span>
      ))}
      {more > 0 ? <span class="block">and {more} more</span> : null}
    </>
  )
}

/** The time left for the request that expires first. */
const FirstDeadline = ({ requests, now }: { requests: readonly ApprovalRequest[]; now: number }) => (
  <TimeLeft expiresAt={Math.min(...requests.map(({ expiresAt }) => expiresAt))} now={now} />
)

/** Outside the list that is fetched again, so that it stays in place while somebody reaches for it. */
export const ChoiceBar = () => (
  <section class="choice card" aria-label="Chosen requests" data-choice="" data-most={MAX_BATCH} hidden>
    <p>
      <b data-chosen="">1 chosen</b>
      <span class="muted block" data-chosen-note="">
        Choosing does not answer anything yet.
      </span>
    </p>
    <button type="button" class="quiet" data-choose-none="">
      Clear
    </button>
    <button type="submit" class="primary" form="choice" data-choice-go="">
      Review
    </button>
  </section>
)
