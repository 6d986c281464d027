/** The preview as a readable difference. An agent's is marked as its claim, in another colour than an executor's. */
import type { PreviewChange } from '@countersign/verifier'
import { useContext } from 'hono/jsx'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { Card, type Level } from '../parts/card.tsx'
import { Budget, createPageBudget, type PageBudget, take } from '../parts/page-budget.ts'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count } from '../parts/wording.ts'
import { foldUnchanged, joinNeighbours, type Line, lineDiff, type Stretch } from './line-diff.ts'

export const Difference = ({ request: { id, preview, agent }, level }: { request: ApprovalRequest; level: Level }) => (
  <Card
    id={`difference-${id}`}
    level={level}
    title="What would change"
    note={preview ? <Author by={preview.by} /> : 'no preview'}
  >
    {preview ? <Content preview={preview} /> : <NoPreview agent={agent} />}
  </Card>
)

const Author = ({ by }: { by: 'executor' | 'agent' }) =>
  by === 'executor' ? (
    <span class="pill ok">computed and signed by the executor</span>
  ) : (
    <span class="pill warn">claimed by the agent, not verified</span>
  )

const NoPreview = ({ agent }: { agent: string }) => (
  <p class="body muted">
    Neither the executor nor <UntrustedText text={agent} limit={80} /> provided a preview. Decide by the exact call
    below.
  </p>
)

const Content = ({ preview }: { preview: NonNullable<ApprovalRequest['preview']> }) => {
  if (!preview.content) return <p class="body muted">The preview was erased. Its digest remains.</p>
  const { summary, changes } = preview.content
  return (
    <>
      {summary ? (
        <p class="body summary">
          <UntrustedText text={summary} lines="kept" />
        </p>
      ) : null}
      {changes.map((change) => (
        <Change change={change} />
      ))}
      {changes.length === 0 ? <p class="body muted">The preview lists no changes.</p> : null}
    </>
  )
}

const Change = ({ change }: { change: PreviewChange }) => {
  const budget = useContext(Budget) ?? createPageBudget()
  const lines = lineDiff(change.before, change.after, budget)
  const whole = change.before !== null && change.after !== null && budget.comparisons === 0
  return (
    <figure class="change">
      <figcaption>
        <UntrustedText text={change.label} />
        <span class="muted">{kindOf(change)}</span>
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

const NOT_COMPARED =
  'This page holds too much to compare all of it. These texts are shown whole: what is removed, then what is added.'

/** Line by line, or in blocks where the page has no room left for so many lines. */
const stretchesOf = (lines: readonly Line[], budget: PageBudget): readonly Stretch[] =>
  take(budget, 'lines', lines.length) ? foldUnchanged(lines) : [{ folded: false, lines: joinNeighbours(lines) }]

function kindOf({ before, after }: PreviewChange): string {
  if (before === null) return after === null ? 'nothing before, nothing after' : 'new'
  if (after === null) return 'removed'
  return before === after ? 'unchanged' : 'changed'
}

const SPOKEN = { added: 'added: ', removed: 'removed: ', same: '' } as const

const Lines = ({ lines }: { lines: readonly Line[] }) => (
  <>
    {lines.map((line) => (
      <div class={`line ${line.kind}`} dir="auto">
        <span class="sr-only">{SPOKEN[line.kind]}</span>
        {line.runs.map((run) =>
          run.changed ? (
            <b>
              <UntrustedText text={run.text} lines="kept" />
            </b>
          ) : (
            <UntrustedText text={run.text} lines="kept" />
          ),
        )}
      </div>
    ))}
  </>
)
