/**
 * The requests that wait for this person, each with a box to choose it. Choosing answers nothing. The rows of a group
 * that is closed come with the page where they are few, else when it is opened.
 */
import type { Child } from 'hono/jsx'
import type { ShownInbox } from '../../authority/requests/inbox.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { describeRequest, maskRequest } from '../../domain/approval/request-words.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import { RowsInTurns } from '../parts/in-turns.tsx'
import { EffectPill, titleOf, Undoing } from '../parts/request-sentence.tsx'
import { Age } from '../parts/times.tsx'
import { Sentence, UntrustedText } from '../parts/untrusted-text.tsx'
import { forWhom, hostOf } from '../parts/wording.ts'
import { allOf, lengthToCount } from './choice-bar.tsx'
import { differencesAmong, type Fold, foldSimilar, wordsOf } from './fold-similar.ts'
import { FirstDeadline, GroupSummary } from './group-summary.tsx'
import { hasOtherPages } from './inbox-pages.tsx'

/** Which requests can be answered together, which a kill switch stops, and the names of people. */
type Marks = Pick<ShownInbox, 'together' | 'stopped' | 'unfillable'> & {
  readonly nameOf: NameOf
  /** Similar requests may be on other pages. */
  readonly isOneOfPages: boolean
}

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
  const marks = { ...inbox, nameOf, isOneOfPages: hasOtherPages(inbox) }
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
  <li class="choosable" data-row={request.id} data-opened={request.createdAt}>
    {together.has(request.id) ? (
      <label class="choose">
        <input
          type="checkbox"
          name="request"
          value={request.id}
          data-length={lengthToCount(together.get(request.id))}
          aria-label={`Choose: ${titleOf(request)}`}
        />
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
  const choosable = requests.flatMap(({ id }) => marks.together.get(id) ?? [])
  const stopped = requests.filter(({ id }) => marks.stopped.has(id)).length
  return (
    <li
      class="choosable fold-rows"
      data-fold={key}
      data-members={requests.map(({ id }) => id).join(' ')}
      data-opened={requests.map(({ createdAt }) => createdAt).join(' ')}
    >
      {choosable.length > 0 ? (
        <label class="choose">
          <input type="checkbox" data-choose-fold="" aria-label={allOf(choosable)} />
        </label>
      ) : (
        <span class="choose"></span>
      )}
      <details open={isOpen}>
        <summary class="row">
          <GroupSummary {...{ requests, stopped, now }} nameOf={marks.nameOf} isOneOfPages={marks.isOneOfPages} />
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
