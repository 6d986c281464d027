/**
 * What the action would change, as a readable difference, under the name of whoever computed it.
 *
 * In: a request's preview. Out: one card. An agent's preview is headed as its claim, in another colour than an
 * executor's, and a request without one says so: absence of a preview is news.
 */
import type { PreviewChange } from '@countersign/verifier'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { CardTitle, type Level, landmark } from '../frame/card-title.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { count } from '../frame/wording.ts'
import { foldUnchanged, type Line, lineDiff } from './line-diff.ts'

interface DifferenceProps {
  readonly request: ApprovalRequest
  readonly level: Level
}

export const Difference = ({ request: { id, preview, agent }, level }: DifferenceProps) => (
  <section class="card" aria-labelledby={landmark(level, `difference-${id}`)}>
    <header>
      <CardTitle level={level} id={`difference-${id}`}>
        What would change
      </CardTitle>
      {preview ? <Author by={preview.by} /> : <span class="muted">no preview</span>}
    </header>
    {preview ? <Content preview={preview} /> : <NoPreview agent={agent} />}
  </section>
)

const Author = ({ by }: { by: 'executor' | 'agent' }) =>
  by === 'executor' ? (
    <span class="pill ok">computed and signed by the executor</span>
  ) : (
    <span class="pill warn">claimed by the agent, not checked</span>
  )

const NoPreview = ({ agent }: { agent: string }) => (
  <p class="body muted">
    Neither the executor nor <Said text={agent} limit={80} /> computed a preview. Judge by the call below alone.
  </p>
)

const Content = ({ preview }: { preview: NonNullable<ApprovalRequest['preview']> }) => {
  if (!preview.content) return <p class="body muted">The preview has been erased; its digest remains.</p>
  const { summary, changes } = preview.content
  return (
    <>
      {summary ? (
        <p class="body summary">
          <Said text={summary} lines="kept" />
        </p>
      ) : null}
      {changes.map((change) => (
        <Change change={change} />
      ))}
      {changes.length === 0 ? <p class="body muted">The preview lists no changes.</p> : null}
    </>
  )
}

const Change = ({ change }: { change: PreviewChange }) => (
  <figure class="change">
    <figcaption>
      <Said text={change.label} />
      <span class="muted">{kindOf(change)}</span>
    </figcaption>
    <div class="diff">
      {foldUnchanged(lineDiff(change.before, change.after)).map((stretch) =>
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
              <Said text={run.text} lines="kept" />
            </b>
          ) : (
            <Said text={run.text} lines="kept" />
          ),
        )}
      </div>
    ))}
  </>
)
