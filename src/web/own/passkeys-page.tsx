/**
 * One's own passkeys: what they are, when they were used, adding one and revoking one.
 *
 * In: the person's passkeys. Out: the page. Adding takes a gesture with an existing passkey first, as the page says.
 */
import type { Passkey } from '../../domain/identity/parties.ts'
import { Notice } from '../approve/warnings.tsx'
import { type Frame, Page } from '../frame/page.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { age, day, machineTime } from '../frame/wording.ts'
import { AskToRevoke } from '../stop/revoke-button.tsx'

interface PasskeysProps {
  readonly frame: Frame
  readonly passkeys: readonly Passkey[]
}

export const PasskeysPage = ({ frame, passkeys }: PasskeysProps) => {
  const live = passkeys.filter((passkey) => passkey.revokedAt === null)
  const revoked = passkeys.filter((passkey) => passkey.revokedAt !== null)
  return (
    <Page frame={frame} title="Passkeys" place="passkeys" scripts={['passkeys']}>
      <main id="content" class="column">
        <div class="heading">
          <h1>Your passkeys</h1>
          <a href="/notifications">Notifications</a>
        </div>
        {live.length === 1 ? <OnlyOne /> : null}
        <ul class="rows card">
          {live.map((passkey) => (
            <Row passkey={passkey} now={frame.now} last={live.length === 1} />
          ))}
        </ul>
        <p class="status" role="status" aria-live="polite" data-status=""></p>
        <AddForm />
        {revoked.length > 0 ? <Revoked passkeys={revoked} /> : null}
      </main>
      <ConfirmRevoke />
    </Page>
  )
}

const OnlyOne = () => (
  <Notice tone="warn" icon="warning">
    <b>This is your only passkey.</b> If you lose it, you can neither sign in nor approve until an admin invites you
    again. Add a second one on another device.
  </Notice>
)

const Row = ({ passkey, now, last }: { passkey: Passkey; now: number; last: boolean }) => (
  <li class="row" data-passkey={passkey.credentialId}>
    <span class="what">
      <Said text={passkey.label} />
    </span>
    <span class="by">
      Added <time datetime={machineTime(passkey.createdAt)}>{day(passkey.createdAt)}</time>,{' '}
      <LastUsed passkey={passkey} now={now} />
    </span>
    <span class="signs">
      <span class="pill" title={passkey.key.be ? SYNCED : BOUND}>
        {passkey.key.be ? 'synced' : 'on one device'}
      </span>
      <button
        type="button"
        class="small refuse"
        data-revoke={passkey.credentialId}
        data-label={passkey.label}
        data-last={last ? '' : undefined}
      >
        Revoke<span class="sr-only"> {passkey.label}</span>
      </button>
    </span>
  </li>
)

const SYNCED = 'Your password manager carries it to your other devices'
const BOUND = 'It never leaves the device it was made on'

const LastUsed = ({ passkey, now }: { passkey: Passkey; now: number }) =>
  passkey.lastUsedAt === null ? (
    <>not used yet</>
  ) : (
    <>
      last used{' '}
      <time datetime={machineTime(passkey.lastUsedAt)} data-since={passkey.lastUsedAt}>
        {age(now - passkey.lastUsedAt)}
      </time>
    </>
  )

const AddForm = () => (
  <section class="card" aria-labelledby="add">
    <header>
      <h2 id="add">Add a passkey</h2>
      <span class="muted">two gestures</span>
    </header>
    <form class="body form" data-add="" novalidate>
      <p class="muted">
        First a passkey you already have confirms that it is you. Then your device, phone or security key makes the new
        one.
      </p>
      <label for="label">A name for the new passkey</label>
      <input id="label" name="label" autocomplete="off" maxlength={60} />
      <button type="submit" class="primary">
        Add a passkey
      </button>
    </form>
  </section>
)

const Revoked = ({ passkeys }: { passkeys: readonly Passkey[] }) => (
  <details class="card fold">
    <summary>Revoked</summary>
    <ul class="rows past">
      {passkeys.map((passkey) => (
        <li class="row">
          <span class="what">
            <Said text={passkey.label} />
          </span>
          <span class="by">Revoked {day(passkey.revokedAt ?? 0)}</span>
        </li>
      ))}
    </ul>
  </details>
)

const ConfirmRevoke = () => (
  <AskToRevoke>
    <p>It can no longer sign in or approve, at once and for good. Consents it gave before stay valid.</p>
    <p class="danger-text" data-confirm-last="" hidden>
      This is your last passkey: afterwards only an admin’s invitation lets you in again.
    </p>
  </AskToRevoke>
)
