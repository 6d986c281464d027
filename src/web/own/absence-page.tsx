/** A person's own absence: until when, and who answers in their place; and those whose deputy they are. SPEC 10.11. */
import { type Absence, isAwayAt, MAX_ABSENCE_DAYS } from '../../domain/identity/absence.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { Page } from '../frame/page.tsx'
import type { PersonalFrame } from '../frame/page-access.tsx'
import { BackLink, Card, Row, Rows, StatusLine } from '../parts/card.tsx'
import { CONSEQUENCES, RevokeButton } from '../parts/stop-and-revoke.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'

interface AbsenceProps {
  readonly frame: PersonalFrame
  /** Who can be a deputy. */
  readonly others: readonly Approver[]
  readonly nameOf: NameOf
}

export const AbsencePage = ({ frame, others, nameOf }: AbsenceProps) => {
  const { person, now } = frame
  const own = person.absence !== null && person.absence.untilAt > now ? person.absence : null
  return (
    <Page frame={frame} title="Absence" scripts={['absence']}>
      <main id="content" class="column">
        <BackLink to="/">Inbox</BackLink>
        <div class="heading">
          <h1>Your absence</h1>
        </div>
        <Rows
          rows={own ? [<OwnRow absence={own} now={now} nameOf={nameOf} />] : []}
          empty="You have stated no absence. You are asked and notified as always."
        />
        {own ? null : <StateAbsence others={others} nameOf={nameOf} />}
        <h2>You are the deputy of</h2>
        <Rows
          rows={person.standsFor
            .filter(({ untilAt }) => untilAt > now)
            .map((absence) => <DeputyRow absence={absence} groups={absence.groups} nameOf={nameOf} />)}
          empty="Nobody. While somebody is away and has named you, you are asked in their place."
        />
      </main>
    </Page>
  )
}

const Span = ({ fromAt, untilAt }: Pick<Absence, 'fromAt' | 'untilAt'>) => (
  <>
    from <Moment at={fromAt} /> until <Moment at={untilAt} />
  </>
)

const OwnRow = ({ absence, now, nameOf }: { absence: Absence; now: number; nameOf: NameOf }) => (
  <Row
    what={
      absence.deputy === null ? (
        'Nobody answers in your place'
      ) : (
        <>
          <UntrustedText text={nameOf(absence.deputy)} limit={100} /> answers in your place
        </>
      )
    }
    by={
      <>
        {isAwayAt(absence, now) ? 'You are away, ' : 'You will be away, '}
        <Span {...absence} />
      </>
    }
    signs={
      <RevokeButton
        verb="End"
        path={`/absences/${absence.id}`}
        label="your absence"
        consequence={CONSEQUENCES.absence}
      />
    }
  />
)

interface DeputyRowProps {
  readonly absence: Absence
  readonly groups: readonly string[]
  readonly nameOf: NameOf
}

const DeputyRow = ({ absence, groups, nameOf }: DeputyRowProps) => (
  <Row
    what={<UntrustedText text={nameOf(absence.approver)} limit={100} />}
    by={
      <>
        <Span {...absence} />, for {groups.length === 0 ? 'no group' : groups.map((group) => `“${group}”`).join(', ')}
      </>
    }
    signs={
      <RevokeButton
        verb="End"
        path={`/absences/${absence.id}`}
        label={`standing in for ${nameOf(absence.approver)}`}
        consequence={CONSEQUENCES.absence}
      />
    }
  />
)

interface StateProps {
  readonly others: readonly Approver[]
  readonly nameOf: NameOf
}

const StateAbsence = ({ others, nameOf }: StateProps) => (
  <Card id="state-absence" title="State an absence" note="requires your passkey">
    <form class="body form" data-absence="" novalidate>
      <label for="from">
        From, <span data-zone="">UTC</span>
      </label>
      <input id="from" name="from" type="datetime-local" aria-describedby="from-hint" />
      <p id="from-hint" class="hint">
        Empty: now.
      </p>
      <label for="until">
        Until, <span data-zone="">UTC</span>
      </label>
      <input id="until" name="until" type="datetime-local" required aria-describedby="until-hint" />
      <p id="until-hint" class="hint">
        {MAX_ABSENCE_DAYS} days at most. You can end it earlier.
      </p>
      <label for="deputy">Who answers in your place</label>
      <select id="deputy" name="deputy" aria-describedby="deputy-hint">
        <option value="">Nobody</option>
        {others.map(({ id }) => (
          <option value={id}>{nameOf(id).slice(0, 100)}</option>
        ))}
      </select>
      <p id="deputy-hint" class="hint">
        They are asked for your groups, but never as an admin, and sign in their own name. The request and the ledger
        say for whom. You are not notified while you are away.
      </p>
      <button type="submit" class="primary">
        State it
      </button>
      <StatusLine />
    </form>
  </Card>
)
