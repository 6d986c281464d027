/** What an approver changed about a call: each argument before and after, above the whole changed call. SPEC 5.2. */
import type { JsonValue } from '@countersign/verifier'
import type { RequestForApprover } from '../../authority/requests/show.ts'
import { type ChangedArgument, changedArguments } from '../../domain/approval/revision.ts'
import { Card, type Level } from '../parts/card.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { goneBy } from '../parts/wording.ts'
import { Change } from './difference.tsx'

/** Nothing for a call as its agent asked for it. */
export const ChangedCard = ({ shown, level }: { shown: RequestForApprover; level: Level }) => {
  const { former, request, changedBy } = shown
  if (former === null) return null
  return (
    <Card
      id={`changed-${request.id}`}
      level={level}
      title="Changed by an approver"
      note={<span class="pill warn">not what the agent asked for</span>}
    >
      <p class="body muted">
        {changedBy === null ? 'An approver' : <UntrustedText text={changedBy} limit={100} />} changed these arguments.
        The call below is the one that would run.
      </p>
      {former.action && request.action ? (
        changedArguments(former.action.arguments, request.action.arguments).map((changed) => (
          <Change change={changeOf(changed)} />
        ))
      ) : (
        <p class="body muted">The arguments were {goneBy({ altered: former.altered || request.altered })}.</p>
      )}
    </Card>
  )
}

/** As a difference of texts. */
export const changeOf = ({ path, before, after }: ChangedArgument) => ({
  label: path.join('.'),
  before: textOf(before),
  after: textOf(after),
})

const textOf = (value: JsonValue | undefined): string | null => {
  if (value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}
