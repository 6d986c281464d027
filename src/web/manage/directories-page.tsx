/**
 * The directories that name people by SCIM, for admins, and the people whom they named. Registering one is an approved
 * action like any other; revoking one needs nothing. SPEC 10.10.
 */
import type { DirectoryOverview } from '../../authority/provisioning/manage-directories.ts'
import { type Directory, displayNameOf, type Provisioned } from '../../domain/identity/directories.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { BackLink, Card, Row, Rows, Section, StatusLine } from '../parts/card.tsx'
import { ChangeDialog, ChangeForm, ChangeProgress } from '../parts/change-dialog.tsx'
import { TextField } from '../parts/form-fields.tsx'
import { CONSEQUENCES, RevokeButton } from '../parts/stop-and-revoke.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { day } from '../parts/wording.ts'

interface DirectoriesProps extends DirectoryOverview {
  readonly frame: Frame
  readonly origin: string
}

export const DirectoriesPage = ({ frame, origin, directories, awaited }: DirectoriesProps) => (
  <Page frame={frame} title="Directories" place="people" scripts={['change']}>
    <main id="content" class="column">
      <BackLink to="/people">People</BackLink>
      <div class="heading">
        <h1>Directories</h1>
        <span class="muted">{directories.length === 1 ? '1 directory' : `${directories.length} directories`}</span>
      </div>
      <p class="muted">
        A directory such as Entra ID or Okta names people, and keeps the members of the groups that you assign to it. It
        lets nobody in: each person makes a passkey, and an admin confirms it. A person it deactivates is suspended at
        once.
      </p>
      <p class="muted">
        SCIM address: <code class="mono">{`${origin}/scim/v2`}</code>
      </p>
      <ChangeProgress />
      <Section id="directories" title="Registered directories">
        {directories.length === 0 ? <p class="card empty">No directory yet. Register the first one below.</p> : null}
        {directories.map((directory) => (
          <DirectoryCard directory={directory} />
        ))}
      </Section>
      <Section id="awaited" title="People to invite" note="named by a directory, not enrolled">
        <Rows rows={awaited.map((person) => <AwaitedRow person={person} />)} empty="Nobody waits for an invitation." />
      </Section>
      <NewDirectory />
    </main>
    <ChangeDialog />
  </Page>
)

const DirectoryCard = ({
  directory: { name, groups, version, createdAt, expiresAt, lastUsedAt },
}: {
  readonly directory: Directory
}) => (
  <Card
    id={`directory-${name}`}
    level={3}
    title={<span class="mono">{name}</span>}
    note={
      <RevokeButton
        path={`/directories/${name}`}
        label={`the directory ${name}`}
        consequence={CONSEQUENCES.directory}
      />
    }
  >
    <div class="body">
      <p>
        Since {day(createdAt)}, its credential until {day(expiresAt)},{' '}
        {lastUsedAt === null ? (
          'never used'
        ) : (
          <>
            last used <Moment at={lastUsedAt} />
          </>
        )}
      </p>
      {groups.length === 0 ? (
        <p class="muted">It keeps no group.</p>
      ) : (
        groups.map(({ group, displayName }) => (
          <p>
            <span class="mono">{group}</span>: <UntrustedText text={displayName} limit={200} />
          </p>
        ))
      )}
      <details>
        <summary>Change its groups</summary>
        <form class="form" data-change="directory-edit" novalidate>
          <input type="hidden" name="directory" value={name} />
          <input type="hidden" name="version" value={version} />
          <GroupsField
            id={`groups-${name}`}
            value={groups.map(({ group, displayName }) => `${group} = ${displayName}`).join('\n')}
          />
          <button type="submit">Change…</button>
          <StatusLine />
        </form>
      </details>
    </div>
  </Card>
)

const AwaitedRow = ({ person }: { readonly person: Provisioned }) => {
  const name = displayNameOf(person)
  return (
    <Row
      what={<UntrustedText text={name} limit={100} />}
      by={
        <>
          <UntrustedText text={String(person.attributes['userName'] ?? '')} limit={200} />, named by{' '}
          <span class="mono">{person.directory}</span> <span class="mono block">{person.id}</span>
        </>
      }
      signs={
        <form data-recover={`/directories/people/${person.id}/invitation`} data-name={name}>
          <button type="submit" class="small">
            Invite<span class="sr-only"> {name}</span>
          </button>
          <StatusLine inline />
        </form>
      }
    />
  )
}

const NewDirectory = () => (
  <ChangeForm change="directory" title="Register a directory" button="Register…">
    <TextField
      id="directory"
      label="Name of the directory"
      machine
      maxlength={32}
      pattern="[a-z][a-z0-9\-]*"
      required
      hint="Lower-case letters, digits, hyphens: entra"
    />
    <GroupsField id="groups" value="" />
    <TextField id="days" label="Days until its credential ends" value="365" maxlength={3} required hint="1 to 730" />
    <input type="hidden" name="secret" data-new-secret="" />
    <p class="hint">
      This browser makes the credential. You consent to its digest, and it is shown once, when the change is made.
    </p>
  </ChangeForm>
)

const GroupsField = ({ id, value }: { readonly id: string; readonly value: string }) => (
  <>
    <label for={id}>Groups whose members it keeps</label>
    <textarea id={id} name="groups" rows={4} spellcheck={false} aria-describedby={`${id}-hint`}>
      {value}
    </textarea>
    <p id={`${id}-hint`} class="hint">
      One a line, the name here and the name in the directory: finance = Finance Approvers
    </p>
  </>
)
