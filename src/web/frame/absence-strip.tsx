/** The people for whom a person is the deputy, and the person's own absence, on every page of theirs. SPEC 10.11. */
import { isAwayAt } from '../../domain/identity/absence.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { Icon } from '../parts/icons.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'

interface StripProps {
  readonly person: Approver
  readonly now: number
  readonly nameOf: NameOf
}

/** More are counted. */
const MOST_NAMED = 3

export const AbsenceStrip = ({ person, now, nameOf }: StripProps) => {
  const { absence } = person
  const absent = person.standsFor.filter((one) => isAwayAt(one, now))
  const isAway = absence !== null && isAwayAt(absence, now)
  if (!isAway && absent.length === 0) return <div id="absence-strip"></div>
  return (
    <aside id="absence-strip" class="grants-strip" aria-label="Absences">
      <ul>
        {isAway ? (
          <Line>
            You are away until <Moment at={absence.untilAt} />
          </Line>
        ) : null}
        {absent.slice(0, MOST_NAMED).map(({ approver, untilAt }) => (
          <Line>
            You stand in for{' '}
            <b>
              <UntrustedText text={nameOf(approver)} limit={60} />
            </b>{' '}
            until <Moment at={untilAt} />
          </Line>
        ))}
      </ul>
      {absent.length > MOST_NAMED ? <p>and for {absent.length - MOST_NAMED} more</p> : null}
    </aside>
  )
}

const Line = ({ children }: { children: unknown }) => (
  <li>
    <a href="/absence">
      <Icon name="people" />
      <span>{children}</span>
    </a>
  </li>
)
