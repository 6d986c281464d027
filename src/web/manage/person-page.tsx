/** One person, for admins: what they may do and what they use; ended at once, changed and removed by approved actions. */
import type { KnownPerson } from '../../authority/people/end-rights.ts'
import { type Approver, isPresent, type Passkey } from '../../domain/identity/parties.ts'
import { Page } from '../frame/page.tsx'
import type { PersonalFrame } from '../frame/page-access.tsx'
import { BackLink, Card, Notice, Row, Rows, StatusLine } from '../parts/card.tsx'
import { ChangeDialog, ChangeForm, ChangeProgress, EraseForm } from '../parts/change-dialog.tsx'
import { ChoiceField } from '../parts/form-fields.tsx'
import { CONSEQUENCES, RevokeButton } from '../parts/stop-and-revoke.tsx'
import { Age, Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { day } from '../parts/wording.ts'
import { RoleChoice } from './role-choice.tsx'

export const personPath = (id: string): string => `/people/${encodeURIComponent(id)}`
const endpointOf = ({ id }: Approver, what: string): string => `/approvers/${encodeURIComponent(id)}/${what}`

interface PersonProps {
  readonly frame: PersonalFrame
  readonly person: KnownPerson
  /** To whom agents can be handed over. */
  readonly others: readonly Approver[]
}

export const PersonPage = ({ frame, person, others }: PersonProps) => {
  const isMe = frame.person.id === person.id
  return (
    <Page frame={frame} title="Person" place="people" scripts={['change']}>
      <main id="content" class="column">
        <BackLink to="/people">People</BackLink>
        <div class="heading">
          <h1>{person.name === null ? 'Name erased' : <UntrustedText text={person.name} />}</h1>
          {isMe ? <span class="muted">you</span> : null}
        </div>
        <ChangeProgress />
        <State person={person} isMe={isMe} />
        <Passkeys person={person} now={frame.now} />
        <Sessions person={person} now={frame.now} />
        {isPresent(person) && !isMe ? <Recover person={person} /> : null}
        {person.removedAt === null ? <Changes person={person} others={others} /> : null}
        {person.name === null ? null : (
          <EraseForm rule="principal" subject={person.id}>
            For good: the name of this person, and arguments, previews, reasons and reports of all requests for them.
          </EraseForm>
        )}
      </main>
      <ChangeDialog />
    </Page>
  )
}

const State = ({ person, isMe }: { person: KnownPerson; isMe: boolean }) => {
  const { id, removedAt, suspendedAt, roles, groups, runs, createdAt } = person
  return (
    <>
      {removedAt === null ? null : (
        <Notice tone="warn" icon="warning">
          <b>Removed {day(removedAt)}.</b> This person has no access any more.
        </Notice>
      )}
      {removedAt === null && suspendedAt !== null ? (
        <Notice tone="warn" icon="warning">
          <b>Suspended since {day(suspendedAt)}.</b> This person has no access until you let them back in below.
        </Notice>
      ) : null}
      <Card id="person" title="Rights" note={<span class="mono">{id}</span>}>
        <div class="body">
          <p>
            {roles.map((role) => (
              <span class={role === 'admin' ? 'pill strong' : 'pill'}>{role}</span>
            ))}
            {groups.map((group) => (
              <span class="pill">group {group}</span>
            ))}
          </p>
          <p class="muted">
            Since {day(createdAt)}. {runs.length === 0 ? 'Runs no agent.' : <>Runs {runs.join(', ')}.</>}
          </p>
          {removedAt === null && suspendedAt === null && !isMe ? (
            <RevokeButton
              verb="Suspend"
              path={endpointOf(person, 'access')}
              label="this person"
              consequence={SUSPENDED}
            />
          ) : null}
        </div>
      </Card>
    </>
  )
}

const SUSPENDED =
  'Sessions end, passkeys stop working, what they consented to waits again, and unspent approvals of theirs are revoked. Letting them back in requires an admin’s approval.'

const Passkeys = ({ person, now }: { person: KnownPerson; now: number }) => {
  const live = person.passkeys.filter(({ revokedAt }) => revokedAt === null)
  return (
    <Card id="passkeys" title="Passkeys">
      <Rows
        inCard
        rows={live.map((passkey) => <PasskeyRow person={person} passkey={passkey} now={now} />)}
        empty="No passkey: this person can neither sign in nor approve."
      />
    </Card>
  )
}

const PasskeyRow = ({ person, passkey, now }: { person: Approver; passkey: Passkey; now: number }) => (
  <Row
    what={<UntrustedText text={passkey.label} />}
    by={
      <>
        Added {day(passkey.createdAt)},{' '}
        {passkey.lastUsedAt === null ? (
          'not used yet'
        ) : (
          <>
            last used <Age since={passkey.lastUsedAt} now={now} />
          </>
        )}
      </>
    }
    signs={
      <>
        <span class="pill">{passkey.key.be ? 'Synced' : 'On one device'}</span>
        <RevokeButton
          path={endpointOf(person, `passkeys/${encodeURIComponent(passkey.credentialId)}`)}
          label={passkey.label}
          consequence={CONSEQUENCES.passkey}
        />
      </>
    }
  />
)

const Sessions = ({ person, now }: { person: KnownPerson; now: number }) => (
  <Card id="sessions" title="Sessions">
    <Rows
      inCard
      rows={person.sessions.map(({ createdAt, expiresAt }) => (
        <Row
          what="Signed in"
          by={
            <>
              Begun <Age since={createdAt} now={now} />, ends <Moment at={expiresAt} />
            </>
          }
        />
      ))}
      empty="Signed in nowhere."
    />
    {person.sessions.length > 0 ? (
      <div class="body">
        <RevokeButton
          verb="End all"
          path={endpointOf(person, 'sessions')}
          label="sessions"
          consequence={CONSEQUENCES.session}
        />
      </div>
    ) : null}
  </Card>
)

/** For somebody whose devices are lost. */
const Recover = ({ person }: { person: KnownPerson }) => (
  <Card id="recover" title="Recover access" note="others confirm it">
    <form
      class="body form"
      data-recover={endpointOf(person, 'recovery')}
      data-name={person.name ?? person.id}
      novalidate
    >
      <p class="muted">
        For lost devices. The link by itself gives no access: the person makes a new passkey with it, tells you its
        code, and admins other than they confirm it. All earlier passkeys end at that moment. Ask for the code in person
        or over the telephone, never by mail alone.
      </p>
      <button type="submit">Make a link…</button>
      <StatusLine />
    </form>
  </Card>
)

const Changes = ({ person, others }: Omit<PersonProps, 'frame'>) => (
  <>
    {person.suspendedAt === null ? null : (
      <ChangeForm change="restore" title="Let back in" button="Let back in…">
        <Subject person={person} />
        <p class="muted">Passkeys that were not revoked work again. Earlier sessions and consents stay ended.</p>
      </ChangeForm>
    )}
    <ChangeForm change="roles" title="Change roles" button="Change…">
      <Subject person={person} />
      {person.roles.map((role) => (
        <input type="hidden" name="replaces" value={role} />
      ))}
      <RoleChoice checked={person.roles} />
    </ChangeForm>
    <ChangeForm change="remove" title="Remove" button="Remove…">
      <Subject person={person} />
      <p class="muted">
        For good: sessions, passkeys, devices and invitations end, what they consented to waits again, and unspent
        approvals of theirs are revoked.
      </p>
      {person.runs.map((agent) => (
        <AgentFate agent={agent} others={others} />
      ))}
    </ChangeForm>
  </>
)

const Subject = ({ person }: { person: KnownPerson }) => (
  <>
    <input type="hidden" name="approver" value={person.id} />
    <input type="hidden" name="name" value={person.name ?? person.id} />
  </>
)

/** What becomes of an agent of theirs: nothing is chosen beforehand. */
const AgentFate = ({ agent, others }: { agent: string; others: readonly Approver[] }) => (
  <fieldset>
    <legend>
      Agent <span class="mono">{agent}</span>
    </legend>
    <ChoiceField
      type="radio"
      name={`agent:${agent}`}
      value=""
      label={<b>Revoke it</b>}
      hint="Its credentials, open requests and live tokens end."
      checked={false}
    />
    {others.map((other) => (
      <ChoiceField
        type="radio"
        name={`agent:${agent}`}
        value={other.id}
        label={
          <>
            Hand it over to <UntrustedText text={other.name ?? other.id} />
          </>
        }
        hint="It needs another credential."
        checked={false}
      />
    ))}
  </fieldset>
)
