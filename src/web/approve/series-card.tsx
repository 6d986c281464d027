/** What a grant allows, before the arguments that all its calls share: how many calls, until when, and how they may differ. */
import type { Constraint } from '@countersign/verifier/authority'
import { valuesOf, wordsOfNumbers } from '../../domain/action/bounds-words.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { Card, type Level } from '../parts/card.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count, goneBy } from '../parts/wording.ts'
import { Plain } from './argument-values.tsx'

export const SeriesCard = ({ request, level }: { request: ApprovalRequest; level: Level }) => {
  const { series } = request
  if (series === null) return null
  const named = Object.entries(series.bounds?.arguments ?? {})
  return (
    <Card id={`series-${request.id}`} level={level} title="A series of calls">
      <div class="body">
        <p>
          The agent may make up to <b>{count(series.uses, 'call')}</b> until <Moment at={request.expiresAt} /> without
          asking again. {series.used > 0 ? `${series.used} were made. ` : ''}
          {series.bounds === null
            ? `The bounds were ${goneBy(request)}.`
            : BOUNDED[named.length === 0 ? 'none' : 'some']}
        </p>
        {named.length === 0 ? null : (
          <dl class="facts key">
            {named.map(([name, constraint]) => (
              <>
                <dt>
                  <UntrustedText text={name} whole />
                </dt>
                <dd class="mono">
                  <Allowed name={name} constraint={constraint} />
                </dd>
              </>
            ))}
          </dl>
        )}
      </div>
    </Card>
  )
}

/** Each value stands alone, so that none can pass for several. */
const Allowed = ({ name, constraint }: { name: string; constraint: Constraint }) => {
  const { prefix } = constraint
  const values = valuesOf(constraint)
  if (prefix !== undefined)
    return (
      <>
        <span class="type">begins with</span>
        <Plain value={prefix} name={name} />
      </>
    )
  if (values.length === 0) return <>{wordsOfNumbers(constraint)}</>
  return (
    <>
      <span class="type">{values.length === 1 ? 'always' : `one of ${values.length}`}</span>
      <ol class="list">
        {values.map((value) => (
          <li>
            <Plain value={value} name={name} />
          </li>
        ))}
      </ol>
    </>
  )
}

const BOUNDED = {
  none: 'Every call is exactly the one below.',
  some: 'These arguments may differ from call to call; all others are as below.',
} as const
