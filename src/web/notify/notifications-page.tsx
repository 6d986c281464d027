/** A person's notifications. Every channel is off until the person turns it on here. */
import type { NotificationProfile } from '../../authority/notify/own-notifications.ts'
import type { Device } from '../../domain/notify/delivery.ts'
import type { NotificationSettings } from '../../domain/notify/quiet-hours.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { Card, Notice, Row, StatusLine } from '../parts/card.tsx'
import { ChoiceField, TextField } from '../parts/form-fields.tsx'
import { Day } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { DeliveryList } from './delivery-list.tsx'

interface NotificationsProps {
  readonly frame: Frame
  readonly profile: NotificationProfile
  /** Offers notifications, and the way on. */
  readonly justEnrolled: boolean
}

export const NotificationsPage = ({ frame, profile, justEnrolled }: NotificationsProps) => {
  const { settings, devices, pushKey, mailWorks, deliveries } = profile
  return (
    <Page frame={frame} title="Notifications" place="passkeys" scripts={['notifications']}>
      <main id="content" class="column" data-push-key={pushKey}>
        <div class="heading">
          <h1>Notifications</h1>
        </div>
        {justEnrolled ? (
          <Notice tone="plain" icon="done">
            <b>You are enrolled.</b> Choose here how you are told of requests, or <a href="/">go on without</a>.
          </Notice>
        ) : null}
        <p>
          {frame.person?.roles.every((role) => role === 'auditor')
            ? 'Auditors answer no request, so none waits for you.'
            : 'Get notified when a request is waiting for you. A notification only opens the page; you approve there.'}
        </p>
        <StatusLine />
        <Devices devices={devices} />
        <Mail settings={settings} works={mailWorks} />
        <Preferences profile={profile} />
        <Card id="test" title="Test">
          <div class="body form">
            <p class="muted">Sends a test to every device and address that is turned on.</p>
            <button type="button" data-test="">
              Send a test
            </button>
          </div>
        </Card>
        <DeliveryList deliveries={deliveries} now={frame.now} />
      </main>
    </Page>
  )
}

const Devices = ({ devices }: { devices: readonly Device[] }) => (
  <Card id="devices" title="Devices" note="your browser asks for permission">
    {devices.length > 0 ? (
      <ul class="rows">
        {devices.map((device) => (
          <DeviceRow device={device} />
        ))}
      </ul>
    ) : null}
    <form class="body form" data-enrol="" novalidate>
      <TextField
        id="label"
        label="A name for this device"
        maxlength={60}
        hint="On an iPhone or iPad, add this page to the home screen first and open it from there"
      />
      <button type="submit" class="primary">
        Notify this device
      </button>
    </form>
  </Card>
)

const DeviceRow = ({ device: { id, label, createdAt } }: { device: Device }) => (
  <Row
    what={<UntrustedText text={label} />}
    by={
      <>
        Added <Day at={createdAt} />
      </>
    }
    signs={
      <button type="button" class="small refuse" data-remove-device={id}>
        Remove<span class="sr-only"> {label}</span>
      </button>
    }
  />
)

const Mail = ({ settings, works }: { settings: NotificationSettings; works: boolean }) => (
  <Card id="mail" title="E-mail" note={settings.mail === null ? undefined : <MailState settings={settings} />}>
    {works ? <AddressForm settings={settings} /> : <p class="body muted">This authority does not send e-mail.</p>}
  </Card>
)

const MailState = ({ settings: { mailConfirmedAt } }: { settings: NotificationSettings }) => (
  <span class={mailConfirmedAt === null ? 'pill warn' : 'pill ok'}>
    {mailConfirmedAt === null ? 'Not confirmed yet' : 'Confirmed'}
  </span>
)

const AddressForm = ({ settings: { mail, mailConfirmedAt } }: { settings: NotificationSettings }) => (
  <form class="body form" data-mail="" novalidate>
    {mail !== null && mailConfirmedAt === null ? (
      <Notice tone="warn" icon="waiting">
        Open the link that was sent to <b>{mail}</b> in this browser. Until then nothing else is sent there.
      </Notice>
    ) : null}
    <TextField
      id="address"
      label="E-mail address"
      type="email"
      autocomplete="email"
      maxlength={254}
      value={mail ?? ''}
      required
    />
    <div class="buttons-inline">
      <button type="submit">{mail === null ? 'Send a confirmation link' : 'Change'}</button>
      {mail === null ? null : (
        <button type="button" class="refuse" data-remove-mail="">
          Remove
        </button>
      )}
    </div>
  </form>
)

const clockOf = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

const Preferences = ({ profile: { settings, mailWorks } }: { profile: NotificationProfile }) => {
  const { push, byMail, quiet } = settings
  return (
    <Card id="preferences" title="Preferences">
      <form class="body form" data-preferences="" novalidate>
        <fieldset>
          <legend>Notify me</legend>
          <ChoiceField name="push" label="on my devices" checked={push} />
          {mailWorks ? <ChoiceField name="mail" label="by e-mail" checked={byMail} /> : null}
        </fieldset>
        <fieldset>
          <legend>Quiet hours</legend>
          <ChoiceField name="quiet" label="Hold notifications back" checked={quiet !== null} />
          <div class="span-of-time">
            <label for="from">from</label>
            <input id="from" name="from" type="time" value={clockOf(quiet?.from ?? 22 * 60)} />
            <label for="to">to</label>
            <input id="to" name="to" type="time" value={clockOf(quiet?.to ?? 7 * 60)} />
          </div>
          <TextField
            id="zone"
            label="Time zone"
            machine
            maxlength={64}
            value={quiet?.zone ?? ''}
            hint="Requests that still wait are sent when quiet hours end. Kill switches are sent immediately."
          />
        </fieldset>
        <button type="submit" class="primary">
          Save
        </button>
      </form>
    </Card>
  )
}
