/**
 * People, for admins: who may approve, with which passkeys, and inviting somebody.
 *
 * In: the approvers. Out: the page. An invitation is an approved action like any other (`change.tsx`).
 */
import type { Approver, Passkey } from '../../domain/identity/parties.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { count, day } from '../frame/wording.ts'
import { ChangeDialog, ChangeResult, PendingChange } from './change-dialog.tsx'

type Person = Approver & { readonly passkeys: readonly Passkey[]; readonly runs: readonly string[] }

interface PeopleProps {
  readonly frame: Frame
  readonly people: readonly Person[]
}

export const PeoplePage = ({ frame, people }: PeopleProps) => {
  const present = people.filter((person) => person.removedAt === null)
  return (
    <Page frame={frame} title="People" place="people" scripts={['administration']}>
      <main id="content" class="column">
        <div class="heading">
          <h1>People</h1>
          <span class="muted">{count(present.length, 'approver')}</span>
        </div>
        <PendingChange />
        <ChangeResult />
        <ul class="rows card">
          {present.map((person) => (
            <Row person={person} me={frame.person?.id === person.id} />
          ))}
        </ul>
        <InviteForm />
      </main>
      <ChangeDialog />
    </Page>
  )
}

const Row = ({ person, me }: { person: Person; me: boolean }) => {
  const keys = person.passkeys.filter((passkey) => passkey.revokedAt === null)
  return (
    <li class="row">
      <span class="what">
        {person.name === null ? <span class="muted">Name erased</span> : <Said text={person.name} />}
        {me ? <span class="muted"> (you)</span> : null}
      </span>
      <span class="by">
        Since {day(person.createdAt)}, {count(keys.length, 'passkey')}
        {person.runs.length > 0 ? <>, runs {person.runs.join(', ')}</> : null}{' '}
        <span class="mono block">{person.id}</span>
      </span>
      <span class="signs">
        {person.roles.map((role) => (
          <span class={role === 'admin' ? 'pill strong' : 'pill'}>{role}</span>
        ))}
        {keys.length === 0 ? <span class="pill no">cannot sign in</span> : null}
      </span>
    </li>
  )
}

const InviteForm = () => (
  <section class="card" aria-labelledby="invite">
    <header>
      <h2 id="invite">Invite somebody</h2>
      <span class="muted">you approve it with your passkey</span>
    </header>
    <form class="body form" data-change="invite" novalidate>
      <label for="name">Their name</label>
      <input id="name" name="name" autocomplete="off" maxlength={100} required />
      <fieldset>
        <legend>What they may do</legend>
        <RoleChoice value="approver" checked hint="answer requests from agents" />
        <RoleChoice value="admin" hint="also change this authority: people, agents, keys" />
        <RoleChoice value="auditor" hint="read the ledger, change nothing" />
      </fieldset>
      <button type="submit" class="primary">
        Invite…
      </button>
      <p class="status" role="status" aria-live="polite" data-status=""></p>
    </form>
  </section>
)

const RoleChoice = ({ value: role, hint, checked = false }: { value: string; hint: string; checked?: boolean }) => (
  <label class="check">
    <input type="checkbox" name="roles" value={role} checked={checked} />
    <span>
      <b>{role}</b>
      <span class="hint">{hint}</span>
    </span>
  </label>
)
