/**
 * Endpoints that are told of events, for admins: which there are, adding one, and what they were sent.
 *
 * In: the endpoints, the key they check with, the delivery log. Out: the page. Adding is an approved action
 * (`change.tsx`); removing takes effect at once. Of an address only its origin is shown: a chat's path is a secret.
 */
import type { Webhook } from '../../domain/identity/parties.ts'
import type { Delivery } from '../../domain/notify/delivery.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { day } from '../frame/wording.ts'
import { ChangeDialog, ChangeResult, PendingChange } from './change-dialog.tsx'
import { Deliveries } from './delivery-list.tsx'

interface WebhooksProps {
  readonly frame: Frame
  readonly webhooks: readonly Webhook[]
  /** `whpk_…` */
  readonly publicKey: string
  readonly deliveries: readonly Delivery[]
}

export const WebhooksPage = ({ frame, webhooks, publicKey, deliveries }: WebhooksProps) => (
  <Page frame={frame} title="Webhooks" place="agents" scripts={['administration', 'webhooks']}>
    <main id="content" class="column">
      <div class="heading">
        <h1>Webhooks</h1>
        <a href="/notifications">Your notifications</a>
      </div>
      <PendingChange />
      <ChangeResult />
      <p class="status" role="status" aria-live="polite" data-status=""></p>
      <List webhooks={webhooks} />
      <AddWebhook publicKey={publicKey} />
      <Deliveries deliveries={deliveries} now={frame.now} replay />
    </main>
    <ChangeDialog />
    <ConfirmRemoval />
  </Page>
)

const FORMATS = { standard: 'Standard Webhooks', slack: 'chat' } as const

const List = ({ webhooks }: { webhooks: readonly Webhook[] }) => (
  <section aria-labelledby="webhooks">
    <h2 id="webhooks" class="section">
      Endpoints <span class="muted">are told who asks and what it is called, never the arguments</span>
    </h2>
    {webhooks.length === 0 ? (
      <p class="card empty">No endpoint yet.</p>
    ) : (
      <>
        <ul class="rows card">
          {webhooks.map((webhook) => (
            <Row webhook={webhook} />
          ))}
        </ul>
        <div class="buttons-inline">
          <button type="button" class="small" data-test="">
            Send a test to all
          </button>
        </div>
      </>
    )}
  </section>
)

const Row = ({ webhook: { id, url, kind, events, createdAt } }: { webhook: Webhook }) => {
  const { origin } = new URL(url)
  return (
    <li class="row">
      <span class="what mono">
        <Said text={origin} />
      </span>
      <span class="by">
        Since {day(createdAt)}: {events.join(', ')}
        <span class="mono block">{id}</span>
      </span>
      <span class="signs">
        <span class="pill">{FORMATS[kind]}</span>
        <button type="button" class="small refuse" data-revoke={`/webhooks/${id}`} data-label={origin}>
          Remove<span class="sr-only"> {origin}</span>
        </button>
      </span>
    </li>
  )
}

const EVENTS = [
  ['request.waiting', 'A request waits for people', true],
  ['request.escalated', 'Nobody has answered in time', true],
  ['request.expired', 'A request expired unanswered', false],
  ['killswitch.engaged', 'A kill switch was engaged', true],
] as const

const AddWebhook = ({ publicKey }: { publicKey: string }) => (
  <section class="card" aria-labelledby="add">
    <header>
      <h2 id="add">Add an endpoint</h2>
      <span class="muted">you approve it with your passkey</span>
    </header>
    <form class="body form" data-change="webhook" novalidate>
      <label for="url">Its address</label>
      <input id="url" name="url" type="url" autocomplete="off" spellcheck={false} maxlength={1024} required />
      <label for="kind">It understands</label>
      <select id="kind" name="kind" aria-describedby="kind-hint">
        <option value="standard">Standard Webhooks, signed</option>
        <option value="slack">Incoming webhooks of a chat (Slack and its like)</option>
      </select>
      <p id="kind-hint" class="hint">
        Signatures are checked with <code>{publicKey}</code> (v1a), or with a secret shown once (v1)
      </p>
      <fieldset>
        <legend>Told when</legend>
        {EVENTS.map(([event, label, checked]) => (
          <label class="check">
            <input type="checkbox" name="events" value={event} checked={checked} />
            <span>
              {label}
              <span class="hint">{event}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <button type="submit" class="primary">
        Add…
      </button>
      <p class="status" role="status" aria-live="polite" data-status=""></p>
    </form>
  </section>
)

const ConfirmRemoval = () => (
  <dialog class="ask" aria-labelledby="revoke-title" data-confirm="">
    <h2 id="revoke-title">
      Remove <bdi data-confirm-label=""></bdi>?
    </h2>
    <p>It is told nothing any more, at once. You can add it anew, with another secret.</p>
    <div class="buttons">
      <button type="button" data-cancel="">
        Keep it
      </button>
      <button type="button" class="refuse strong" data-confirm-yes="">
        Remove
      </button>
    </div>
  </dialog>
)
