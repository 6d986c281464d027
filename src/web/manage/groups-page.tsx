/** The groups of people that policies ask, for admins. Each change is an approved action like any other. */
import { type NameOf, namesAmong } from '../../domain/identity/display-names.ts'
import type { Group } from '../../domain/identity/groups.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { BackLink, Card, Section, StatusLine } from '../parts/card.tsx'
import { ChangeDialog, ChangeForm, ChangeProgress } from '../parts/change-dialog.tsx'
import { ChoiceField, TextField } from '../parts/form-fields.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count } from '../parts/wording.ts'

interface GroupsProps {
  readonly frame: Frame
  readonly groups: readonly Group[]
  readonly people: readonly Approver[]
}

export const GroupsPage = ({ frame, groups, people }: GroupsProps) => {
  const nameOf = namesAmong(people)
  const present = people.filter(mayAnswer)
  return (
    <Page frame={frame} title="Groups" place="people" scripts={['change']}>
      <main id="content" class="column">
        <BackLink to="/people">People</BackLink>
        <div class="heading">
          <h1>Groups</h1>
          <span class="muted">{count(groups.length, 'group')}</span>
        </div>
        <p class="muted">
          A policy asks groups by name. The roles <code>approver</code> and <code>admin</code> are groups, too. Consents
          of a person who leaves a group no longer count for it.
        </p>
        <ChangeProgress />
        <Section id="groups" title="All groups">
          {groups.length === 0 ? <p class="card empty">No group yet. Make the first one below.</p> : null}
          {groups.map((group) => (
            <GroupCard group={group} present={present} nameOf={nameOf} />
          ))}
        </Section>
        <NewGroup present={present} nameOf={nameOf} />
      </main>
      <ChangeDialog />
    </Page>
  )
}

const mayAnswer = ({ removedAt, roles }: Approver): boolean =>
  removedAt === null && roles.some((role) => role !== 'auditor')

interface MembersProps {
  readonly present: readonly Approver[]
  readonly nameOf: NameOf
}

const GroupCard = ({
  group: { name, version, members },
  present,
  nameOf,
}: MembersProps & { readonly group: Group }) => {
  const counted = present.filter(({ id }) => members.includes(id))
  return (
    <Card
      id={`group-${name}`}
      level={3}
      title={<span class="mono">{name}</span>}
      note={count(counted.length, 'member')}
    >
      <div class="body">
        <p>
          {counted.length === 0 ? (
            <span class="pill no">Nobody can answer for it</span>
          ) : (
            <UntrustedText text={counted.map(({ id }) => nameOf(id)).join(', ')} limit={400} />
          )}
        </p>
        <details>
          <summary>Change its members</summary>
          <form class="form" data-change="group-edit" novalidate>
            <input type="hidden" name="group" value={name} />
            <input type="hidden" name="version" value={version} />
            <Members present={present} nameOf={nameOf} chosen={members} />
            <button type="submit">Change…</button>
            <StatusLine />
          </form>
        </details>
        <form class="form" data-change="group-remove" novalidate>
          <input type="hidden" name="group" value={name} />
          <button type="submit" class="small refuse">
            Remove the group…
          </button>
          <StatusLine inline />
        </form>
      </div>
    </Card>
  )
}

const NewGroup = ({ present, nameOf }: MembersProps) => (
  <ChangeForm change="group" title="Make a group" button="Make…">
    <TextField
      id="group"
      label="Name of the group"
      machine
      maxlength={32}
      pattern="[a-z][a-z0-9\-]*"
      required
      hint="Lower-case letters, digits, hyphens: finance"
    />
    <Members present={present} nameOf={nameOf} chosen={[]} />
  </ChangeForm>
)

const Members = ({ present, nameOf, chosen }: MembersProps & { readonly chosen: readonly string[] }) => (
  <fieldset>
    <legend>Members</legend>
    {present.map(({ id }) => (
      <ChoiceField
        name="members"
        value={id}
        label={<UntrustedText text={nameOf(id)} limit={100} />}
        checked={chosen.includes(id)}
      />
    ))}
  </fieldset>
)
