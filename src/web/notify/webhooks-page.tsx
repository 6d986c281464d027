/**
 * Webhooks, for admins. Adding is an approved action; removing takes effect immediately. Only a URL's origin is shown:
 * for chat webhooks the path is itself a secret.
 */
import type { Webhook } from '../../domain/identity/parties.ts'
import type { Delivery } from '../../domain/notify/delivery.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { Row, Rows, Section } from '../parts/card.tsx'
import { ChangeDialog, ChangeForm, ChangeProgress } from '../parts/change-dialog.tsx'
import { ChoiceField, TextField } from '../parts/form-fields.tsx'
import { CONSEQUENCES, RevokeButton } from '../parts/stop-and-revoke.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { day } from '../parts/wording.ts'
import { DeliveryList } from './delivery-list.tsx'

interface WebhooksProps {
  readonly frame: Frame
  readonly webhooks: readonly Webhook[]
  /** `whpk_…` */
  readonly publicKey: string
  readonly deliveries: readonly Delivery[]
}

export const WebhooksPage = ({ frame, webhooks, publicKey, deliveries }: WebhooksProps) => (
  <Page frame={frame} title="Webhooks" place="agents" scripts={['change', 'webhooks']}>
    <main id="content" class="column">
      <div class="heading">
        <h1>Webhooks</h1>
        <a href="/notifications">Your notifications</a>
      </div>
      <ChangeProgress />
      <Section id="webhooks" title="Endpoints" note="receive the agent and the action’s name, never the arguments">
        <Rows rows={webhooks.map((webhook) => <WebhookRow webhook={webhook} />)} empty="No endpoint yet." />
        {webhooks.length === 0 ? null : (
          <div class="buttons-inline">
            <button type="button" class="small" data-test="">
              Send a test to all
            </button>
          </div>
        )}
      </Section>
      <AddWebhook publicKey={publicKey} />
      <DeliveryList deliveries={deliveries} now={frame.now} replay />
    </main>
    <ChangeDialog />
  </Page>
)

const FORMATS = { standard: 'Standard Webhooks', slack: 'Chat' } as const

const WebhookRow = ({ webhook: { id, url, kind, events, createdAt } }: { webhook: Webhook }) => {
  const { origin } = new URL(url)
  return (
    <Row
      mono
      what={<UntrustedText text={origin} />}
      by={
        <>
          Since {day(createdAt)}: {events.join(', ')}
          <span class="mono block">{id}</span>
        </>
      }
      signs={
        <>
          <span class="pill">{FORMATS[kind]}</span>
          <RevokeButton path={`/webhooks/${id}`} label={origin} consequence={CONSEQUENCES.webhook} verb="Remove" />
        </>
      }
    />
  )
}

const EVENTS = [
  ['request.waiting', 'A request is waiting', true],
  ['request.escalated', 'A request was not answered in time', true],
  ['request.expired', 'A request expired unanswered', false],
  ['request.approved', 'People approved a request', false],
  ['request.denied', 'Somebody denied a request', false],
  ['request.changed', 'Somebody changed the call of a request', false],
  ['outcome.reported', 'An executor reported the outcome of a call', false],
  ['killswitch.engaged', 'A kill switch was engaged', true],
  ['breakglass.opened', 'Break-glass was opened on the host', true],
] as const

const AddWebhook = ({ publicKey }: { publicKey: string }) => (
  <ChangeForm change="webhook" title="Add an endpoint" button="Add…">
    <TextField id="url" label="URL" type="url" machine maxlength={1024} required />
    <label for="kind">Format</label>
    <select id="kind" name="kind" aria-describedby="kind-hint">
      <option value="standard">Standard Webhooks, signed</option>
      <option value="slack">Incoming webhook of a chat (Slack or compatible)</option>
    </select>
    <p id="kind-hint" class="hint">
      Receivers check signatures with <code>{publicKey}</code> (v1a), or with a secret shown once (v1)
    </p>
    <fieldset>
      <legend>Events</legend>
      {EVENTS.map(([event, label, checked]) => (
        <ChoiceField name="events" value={event} label={label} hint={event} checked={checked} />
      ))}
    </fieldset>
  </ChangeForm>
)
