/** The approvers, for admins, and a form to invite somebody. A link gives no right: an admin confirms the passkey that is made with it. */
import type { ListedInvitation } from '../../authority/people/open-invitations.ts'
import type { Approver, Passkey } from '../../domain/identity/parties.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { Card, Row, Rows, Section, StatusLine } from '../parts/card.tsx'
import { ChangeDialog, ChangeProgress } from '../parts/change-dialog.tsx'
import { TextField } from '../parts/form-fields.tsx'
import { CONSEQUENCES, RevokeButton } from '../parts/stop-and-revoke.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count, day, timeLeft } from '../parts/wording.ts'
import { personPath } from './person-page.tsx'
import { RoleChoice } from './role-choice.tsx'

type Person = Approver & { readonly passkeys: readonly Passkey[]; readonly runs: readonly string[] }

interface PeopleProps {
  readonly frame: Frame
  readonly people: readonly Person[]
  readonly invitations: readonly ListedInvitation[]
}

export const PeoplePage = ({ frame, people, invitations }: PeopleProps) => {
  const present = people.filter((person) => person.removedAt === null)
  return (
    <Page frame={frame} title="People" place="people" scripts={['change']}>
      <main id="content" class="column">
        <div class="heading">
          <h1>People</h1>
          <span class="muted">
            {count(present.length, 'approver')}, <a href="/groups">groups</a>
          </span>
        </div>
        <ChangeProgress />
        <ul class="rows card">
          {present.map((person) => (
            <PersonRow person={person} isMe={frame.person?.id === person.id} />
          ))}
        </ul>
        <Section id="invitations" title="Open invitations" note="their links work once">
          <Rows
            rows={invitations.map((invitation) => <InvitationRow invitation={invitation} now={frame.now} />)}
            empty="No invitation is open."
          />
        </Section>
        <InviteForm />
      </main>
      <ChangeDialog />
    </Page>
  )
}

const PersonRow = ({ person, isMe }: { person: Person; isMe: boolean }) => {
  const keys = person.passkeys.filter((passkey) => passkey.revokedAt === null)
  return (
    <Row
      what={
        <>
          <a href={personPath(person.id)}>
            {person.name === null ? <span class="muted">Name erased</span> : <UntrustedText text={person.name} />}
          </a>
          {isMe ? <span class="muted"> (you)</span> : null}
        </>
      }
      by={
        <>
          Since {day(person.createdAt)}, {count(keys.length, 'passkey')}
          {person.runs.length > 0 ? <>, runs {person.runs.join(', ')}</> : null}{' '}
          <span class="mono block">{person.id}</span>
        </>
      }
      signs={
        <>
          {person.roles.map((role) => (
            <span class={role === 'admin' ? 'pill strong' : 'pill'}>{role}</span>
          ))}
          {person.suspendedAt === null ? null : <span class="pill no">Suspended</span>}
          {keys.length === 0 ? <span class="pill no">Cannot sign in</span> : null}
        </>
      }
    />
  )
}

const InvitationRow = ({ invitation, now }: { invitation: ListedInvitation; now: number }) => {
  const { hash, name, roles, invitedBy, inviterName, expiresAt } = invitation
  return (
    <Row
      what={<UntrustedText text={name ?? 'No name'} />}
      by={
        <>
          {invitedBy === null ? null : (
            <>
              Invited by <UntrustedText text={inviterName ?? 'somebody whose name was erased'} />,{' '}
            </>
          )}
          until <Moment at={expiresAt} /> ({timeLeft(expiresAt - now)} left)
        </>
      }
      signs={
        <>
          {roles.map((role) => (
            <span class={role === 'admin' ? 'pill strong' : 'pill'}>{role}</span>
          ))}
          <RevokeButton
            path={`/invitations/${hash}`}
            label={`the invitation of ${name ?? 'nobody'}`}
            consequence={CONSEQUENCES.invitation}
            verb="Withdraw"
          />
        </>
      }
    />
  )
}

const InviteForm = () => (
  <Card id="invite" title="Invite somebody" note="you confirm their passkey later">
    <form class="body form" data-invite="" novalidate>
      <TextField id="name" label="Name" maxlength={100} required />
      <RoleChoice checked={['approver']} />
      <button type="submit" class="primary">
        Make a link
      </button>
      <StatusLine />
    </form>
  </Card>
)
