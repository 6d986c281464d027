/** A preview as a readable difference; an executor's in a card of its own. */
import type { PreviewChange } from '@countersign/verifier'
import { useContext } from 'hono/jsx'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { Card, type Level } from '../parts/card.tsx'
import { InTurns } from '../parts/in-turns.tsx'
import { Budget, createPageBudget, type PageBudget, take } from '../parts/page-budget.ts'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count, goneBy } from '../parts/wording.ts'
import {
  foldBlankLines,
  foldUnchanged,
  joinNeighbours,
  type Line,
  lineDiff,
  type Run,
  type Stretch,
} from './line-diff.ts'

/** Nothing at all where there is no preview. */
export const Difference = ({ request, level }: { request: ApprovalRequest; level: Level }) =>
  request.preview?.by === 'executor' ? (
    <Card
      id={`difference-${request.id}`}
      level={level}
      title="What would change"
      note={<span class="pill ok">computed and signed by the executor</span>}
    >
      <PreviewContent preview={request.preview} request={request} />
    </Card>
  ) : null

interface PreviewProps {
  readonly preview: NonNullable<ApprovalRequest['preview']>
  readonly request: Pick<ApprovalRequest, 'name' | 'altered'>
}

export const PreviewContent = ({ preview, request }: PreviewProps) => {
  if (!preview.content) return <p class="body muted">The preview was {goneBy(request)}. Its digest remains.</p>
  const { summary, changes } = preview.content
  return (
    <>
      {summary ? (
        <p class="body summary">
          <UntrustedText text={summary} lines="kept" />
        </p>
      ) : null}
      <InTurns
        parts={changes.map((change) => <Change change={change} isOrder={request.name.startsWith('countersign.')} />)}
      />
      {summary || changes.length > 0 ? null : <p class="body muted">The preview lists no changes.</p>}
    </>
  )
}

interface ChangeProps {
  readonly change: PreviewChange
  /** To the authority: where it replaces nothing, its lines are what was ordered, and nothing of that name is new. */
  readonly isOrder?: boolean
}

export const Change = ({ change, isOrder = false }: ChangeProps) => {
  const budget = useContext(Budget) ?? createPageBudget()
  const lines = lineDiff(...withoutLastBreak(change), budget)
  const whole = change.before !== null && change.after !== null && budget.comparisons === 0
  return (
    <figure class="change">
      <figcaption>
        <UntrustedText text={change.label} whole />
        {isOrder && change.before === null ? null : <span class="muted">{kindOf(change)}</span>}
      </figcaption>
      {whole ? <p class="body muted">{NOT_COMPARED}</p> : null}
      <div class="diff">
        {stretchesOf(lines, budget).map((stretch) =>
          stretch.folded ? (
            <details>
              <summary>{count(stretch.lines.length, 'unchanged line')}</summary>
              <Lines lines={stretch.lines} />
            </details>
          ) : (
            <Lines lines={stretch.lines} />
          ),
        )}
      </div>
    </figure>
  )
}

/** An empty text has no line, and the break that ends the last line of both texts begins no other. */
function withoutLastBreak({ before, after }: PreviewChange): [before: string | null, after: string | null] {
  const given = [before, after].filter((text) => text)
  const end = given.every((text) => text?.endsWith('\n')) ? -1 : undefined
  const linesOf = (text: string | null) => (text ? text.slice(0, end) : null)
  return [linesOf(before), linesOf(after)]
}

const NOT_COMPARED =
  'This page holds too much to compare all of it. These texts are shown whole: what is removed, then what is added.'

/** Line by line, or in blocks where the page has no room left for so many lines. */
const stretchesOf = (lines: readonly Line[], budget: PageBudget): readonly Stretch[] =>
  take(budget, 'lines', lines.length) ? foldUnchanged(lines) : [{ folded: false, lines: joinNeighbours(lines) }]

function kindOf({ before, after }: PreviewChange): string {
  if (before === null && after === null) return 'nothing before, nothing after'
  if (before === null) return after === '' ? 'new, empty' : 'new'
  if (after === null) return before === '' ? 'removed, was empty' : 'removed'
  return before === after ? 'unchanged' : 'changed'
}

/** The indentation of a line among others is layout, and hides nothing. */
const INDENTED = /^[\t ]{1,64}(?=[^\t ])/

const Indented = ({ text, changed }: Run) => {
  const [indent = ''] = INDENTED.exec(text) ?? []
  const rest = <UntrustedText text={text.slice(indent.length)} lines="kept" />
  return (
    <>
      {indent}
      {changed ? <b>{rest}</b> : rest}
    </>
  )
}

const SPOKEN = { added: 'added: ', removed: 'removed: ', same: '' } as const

const Lines = ({ lines }: { lines: readonly Line[] }) => (
  <>
    {foldBlankLines(lines).map(({ kind, runs, blank }) => (
      <div class={`line ${kind}`} dir="auto">
        <span class="sr-only">{SPOKEN[kind]}</span>
        {blank > 0 ? <mark class="blanks alarming">{count(blank, 'blank line')}</mark> : null}
        {runs.map(({ text, changed }, at) =>
          at === 0 && lines.length > 1 && INDENTED.test(text) ? (
            <Indented text={text} changed={changed} />
          ) : changed ? (
            <b>
              <UntrustedText text={text} lines="kept" />
            </b>
          ) : (
            <UntrustedText text={text} lines="kept" whole={runs.length === 1} />
          ),
        )}
      </div>
    ))}
  </>
)
