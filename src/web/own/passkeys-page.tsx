/** A person's own passkeys and sessions. An existing passkey confirms exactly the one that was made. */
import type { OwnSession } from '../../authority/people/sessions.ts'
import { type Approver, isPresent, type Passkey, type Role } from '../../domain/identity/parties.ts'
import { Page } from '../frame/page.tsx'
import type { PersonalFrame } from '../frame/page-access.tsx'
import { Card, Notice, Row, StatusLine } from '../parts/card.tsx'
import { TextField } from '../parts/form-fields.tsx'
import { CONSEQUENCES, RevokeButton } from '../parts/stop-and-revoke.tsx'
import { Age, Day, Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { day } from '../parts/wording.ts'

interface PasskeysProps {
  readonly frame: PersonalFrame
  readonly passkeys: readonly Passkey[]
  readonly sessions: readonly OwnSession[]
  readonly people: readonly (Approver & { readonly passkeys: readonly Passkey[] })[]
}

/** Whether another admin can sign, and so let this person in again. */
const hasOtherAdmin = ({ frame, people }: Pick<PasskeysProps, 'frame' | 'people'>): boolean =>
  people.some(
    (one) =>
      one.id !== frame.person.id &&
      isPresent(one) &&
      one.roles.includes('admin') &&
      one.passkeys.some(({ revokedAt }) => revokedAt === null),
  )

export const PasskeysPage = ({ frame, passkeys, sessions, people }: PasskeysProps) => {
  const words = hasOtherAdmin({ frame, people }) ? BY_ADMIN : BY_HOST
  const live = passkeys.filter((passkey) => passkey.revokedAt === null)
  const revoked = passkeys.filter((passkey) => passkey.revokedAt !== null)
  return (
    <Page frame={frame} title="Passkeys" place="passkeys" scripts={['passkeys']}>
      <main id="content" class="column">
        <div class="heading">
          <h1>Your passkeys</h1>
          <p class="buttons-inline">
            <a href="/notifications">Notifications</a>
            <a href="/absence">Absence</a>
          </p>
        </div>
        {live.length === 1 ? (
          <Notice tone="warn" icon="warning">
            <b>This is your only passkey.</b> If you lose it, you can neither sign in nor approve until {words.way}. Add
            a second one on another device.
          </Notice>
        ) : null}
        <ul class="rows card">
          {live.map((passkey) => (
            <PasskeyRow passkey={passkey} now={frame.now} last={live.length === 1 ? words.last : null} />
          ))}
        </ul>
        <StatusLine />
        <AddPasskey roles={frame.person.roles} />
        <Sessions sessions={sessions} now={frame.now} />
        {revoked.length > 0 ? <RevokedPasskeys passkeys={revoked} /> : null}
      </main>
    </Page>
  )
}

interface PasskeyRowProps {
  readonly passkey: Passkey
  readonly now: number
  /** The consequence of revoking the last one; null for others. */
  readonly last: string | null
}

const PasskeyRow = ({ passkey: { credentialId, label, createdAt, lastUsedAt, key }, now, last }: PasskeyRowProps) => (
  <Row
    what={<UntrustedText text={label} />}
    by={
      <>
        Added <Day at={createdAt} />, {lastUsedAt === null ? 'not used yet' : 'last used '}
        {lastUsedAt === null ? null : <Age since={lastUsedAt} now={now} />}
      </>
    }
    signs={
      <>
        <span class="pill" title={key.be ? SYNCED : BOUND}>
          {key.be ? 'Synced' : 'On one device'}
        </span>
        <RevokeButton
          path={`/passkeys/${encodeURIComponent(credentialId)}`}
          label={label}
          consequence={last === null ? CONSEQUENCES.passkey : `${CONSEQUENCES.passkey} ${last}`}
        />
      </>
    }
  />
)

const SYNCED = 'Your password manager syncs it to your other devices'
const BOUND = 'It never leaves the device that created it'
/** The way back in of a person without a passkey. */
const BY_ADMIN = {
  way: 'an admin invites you again',
  last: 'This is your last passkey: without it you can only sign in after an admin invites you again.',
}
const BY_HOST = {
  way: 'the operator opens a break-glass on the host, since there is no other admin who could invite you',
  last: 'This is your last passkey, and no other admin could invite you again. The last passkey of the only admin cannot be revoked.',
}

const AddPasskey = ({ roles }: { roles: readonly Role[] }) => (
  <Card id="add" title="Add a passkey" note="three confirmations">
    <form class="body form" data-add="" data-roles={JSON.stringify(roles)} novalidate>
      <p class="muted">
        First, your device, phone or security key creates the new passkey, and signs with it. It will be able to do what
        you may do: {roles.join(', ')}. Then confirm with a passkey you already have: it signs for exactly the new one.
      </p>
      <TextField id="label" label="A name for the new passkey" maxlength={60} />
      <button type="submit" class="primary">
        Add a passkey
      </button>
    </form>
  </Card>
)

const Sessions = ({ sessions, now }: { sessions: readonly OwnSession[]; now: number }) => (
  <Card id="sessions" title="Your sessions" note="one for each browser that you signed in with">
    <ul class="rows">
      {sessions.map(({ id, passkey, createdAt, expiresAt, current }) => (
        <Row
          what={
            <>
              {current ? 'This session' : 'Signed in'} with <UntrustedText text={passkey} />
            </>
          }
          by={
            <>
              Begun <Age since={createdAt} now={now} />, ends <Moment at={expiresAt} />
            </>
          }
          signs={
            <RevokeButton
              verb="End"
              path={`/sessions/${id}`}
              label={current ? 'this session' : `the session begun with ${passkey}`}
              consequence={CONSEQUENCES.session}
            />
          }
        />
      ))}
    </ul>
    <div class="body">
      <p class="muted">End a session that you do not know, and revoke the passkey that it was begun with.</p>
      <RevokeButton verb="End all" path="/sessions" label="sessions" consequence={CONSEQUENCES.session} />
    </div>
  </Card>
)

const RevokedPasskeys = ({ passkeys }: { passkeys: readonly Passkey[] }) => (
  <details class="card fold">
    <summary>Revoked</summary>
    <ul class="rows past">
      {passkeys.map((passkey) => (
        <Row what={<UntrustedText text={passkey.label} />} by={`Revoked ${day(passkey.revokedAt ?? 0)}`} />
      ))}
    </ul>
  </details>
)
