/**
 * How one person is told: this device, their other devices, their address, quiet hours, and what was sent.
 *
 * In: what is set. Out: the page. Nothing rings before it was asked for, and whatever rings can be switched off here.
 */

import type { NotificationProfile } from '../../authority/notify/own-notifications.ts'
import type { Device } from '../../domain/notify/delivery.ts'
import type { NotificationSettings } from '../../domain/notify/preferences.ts'
import { Notice } from '../approve/warnings.tsx'
import { type Frame, Page } from '../frame/page.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { day, machineTime } from '../frame/wording.ts'
import { Deliveries } from '../manage/delivery-list.tsx'

interface NotificationsProps {
  readonly frame: Frame
  readonly reached: NotificationProfile
}

export const NotificationsPage = ({ frame, reached }: NotificationsProps) => {
  const { settings, devices, pushKey, mailWorks, deliveries } = reached
  return (
    <Page frame={frame} title="Notifications" place="passkeys" scripts={['notifications']}>
      <main id="content" class="column" data-push-key={pushKey}>
        <div class="heading">
          <h1>Notifications</h1>
          {frame.person?.roles.includes('admin') ? <a href="/webhooks">Webhooks</a> : null}
        </div>
        <p>When a request waits for you. A notification only opens the page: you approve there, with your passkey.</p>
        <p class="status" role="status" aria-live="polite" data-status=""></p>
        <Devices devices={devices} />
        <Mail settings={settings} works={mailWorks} />
        <Wishes settings={settings} mailWorks={mailWorks} />
        <section class="card" aria-labelledby="test">
          <header>
            <h2 id="test">Try it</h2>
          </header>
          <div class="body form">
            <p class="muted">Sends a test to every device and address that is switched on.</p>
            <button type="button" data-test="">
              Send a test
            </button>
          </div>
        </section>
        <Deliveries deliveries={deliveries} now={frame.now} />
      </main>
    </Page>
  )
}

const Devices = ({ devices }: { devices: readonly Device[] }) => (
  <section class="card" aria-labelledby="devices">
    <header>
      <h2 id="devices">Devices</h2>
      <span class="muted">your browser asks whether it may</span>
    </header>
    {devices.length > 0 ? (
      <ul class="rows">
        {devices.map(({ id, label, createdAt }) => (
          <li class="row" data-device={id}>
            <span class="what">
              <Said text={label} />
            </span>
            <span class="by">
              Added <time datetime={machineTime(createdAt)}>{day(createdAt)}</time>
            </span>
            <span class="signs">
              <button type="button" class="small refuse" data-remove-device={id}>
                Remove<span class="sr-only"> {label}</span>
              </button>
            </span>
          </li>
        ))}
      </ul>
    ) : null}
    <form class="body form" data-enrol="" novalidate>
      <label for="label">A name for this device</label>
      <input id="label" name="label" autocomplete="off" maxlength={60} aria-describedby="label-hint" />
      <p id="label-hint" class="hint">
        On an iPhone or iPad, add this page to the home screen first and open it from there
      </p>
      <button type="submit" class="primary">
        Ring this device
      </button>
    </form>
  </section>
)

const Mail = ({ settings, works }: { settings: NotificationSettings; works: boolean }) => (
  <section class="card" aria-labelledby="mail">
    <header>
      <h2 id="mail">E-mail</h2>
      {settings.mail === null ? null : (
        <span class={settings.mailConfirmedAt === null ? 'pill warn' : 'pill ok'}>
          {settings.mailConfirmedAt === null ? 'not confirmed yet' : 'confirmed'}
        </span>
      )}
    </header>
    {works ? <Address settings={settings} /> : <p class="body muted">This authority sends no mail.</p>}
  </section>
)

const Address = ({ settings: { mail, mailConfirmedAt } }: { settings: NotificationSettings }) => (
  <form class="body form" data-mail="" novalidate>
    {mail !== null && mailConfirmedAt === null ? (
      <Notice tone="warn" icon="waiting">
        Open the link that was sent to <b>{mail}</b>, in this browser. Nothing else is sent there before.
      </Notice>
    ) : null}
    <label for="address">Your address</label>
    <input id="address" name="address" type="email" autocomplete="email" maxlength={254} value={mail ?? ''} required />
    <div class="buttons-inline">
      <button type="submit">{mail === null ? 'Send a link to confirm' : 'Change it'}</button>
      {mail === null ? null : (
        <button type="button" class="refuse" data-remove-mail="">
          Remove
        </button>
      )}
    </div>
  </form>
)

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

const Wishes = ({
  settings: { push, byMail, quiet },
  mailWorks,
}: {
  settings: NotificationSettings
  mailWorks: boolean
}) => (
  <section class="card" aria-labelledby="wishes">
    <header>
      <h2 id="wishes">When and how</h2>
    </header>
    <form class="body form" data-wishes="" novalidate>
      <fieldset>
        <legend>Tell me</legend>
        <Choice name="push" label="on my devices" checked={push} />
        {mailWorks ? <Choice name="mail" label="by e-mail" checked={byMail} /> : null}
      </fieldset>
      <fieldset>
        <legend>Quiet hours</legend>
        <Choice name="quiet" label="Do not ring me" checked={quiet !== null} />
        <div class="span-of-time">
          <label for="from">from</label>
          <input id="from" name="from" type="time" value={clock(quiet?.from ?? 22 * 60)} />
          <label for="to">to</label>
          <input id="to" name="to" type="time" value={clock(quiet?.to ?? 7 * 60)} />
        </div>
        <label for="zone">Time zone</label>
        <input id="zone" name="zone" autocomplete="off" spellcheck={false} maxlength={64} value={quiet?.zone ?? ''} />
        <p class="hint">What comes meanwhile is told afterwards, if it still waits. A kill switch is told at once.</p>
      </fieldset>
      <button type="submit" class="primary">
        Save
      </button>
    </form>
  </section>
)

const Choice = ({ name, label, checked }: { name: string; label: string; checked: boolean }) => (
  <label class="check">
    <input type="checkbox" name={name} checked={checked} />
    <span>{label}</span>
  </label>
)
