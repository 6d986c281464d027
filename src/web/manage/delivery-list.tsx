/**
 * The delivery log: what was sent, over which channel, and what came of it.
 *
 * In: deliveries, newest first. Out: rows; with a button to send one again, where that is asked for.
 */
import type { Delivery, DeliveryState } from '../../domain/notify/delivery.ts'
import { age, count, machineTime } from '../frame/wording.ts'

const KINDS: Readonly<Record<Delivery['message']['kind'], string>> = {
  'request.waiting': 'A request waits',
  'request.escalated': 'A request is unanswered',
  'request.expired': 'A request expired',
  'killswitch.engaged': 'A kill switch was engaged',
  test: 'A test',
  confirm: 'Confirm the address',
}
const CHANNELS: Readonly<Record<Delivery['channel'], string>> = {
  push: 'to a device',
  mail: 'by mail',
  webhook: 'to a webhook',
}
const STATES: Readonly<Record<DeliveryState, readonly [tone: string, word: string]>> = {
  waiting: ['pill', 'on its way'],
  delivered: ['pill ok', 'delivered'],
  failed: ['pill no', 'failed'],
}

interface DeliveriesProps {
  readonly deliveries: readonly Delivery[]
  readonly now: number
  readonly replay?: boolean
}

export const Deliveries = ({ deliveries, now, replay = false }: DeliveriesProps) => (
  <section aria-labelledby="deliveries">
    <h2 id="deliveries" class="section">
      Sent lately <span class="muted">kept for 30 days</span>
    </h2>
    {deliveries.length === 0 ? (
      <p class="card empty">Nothing has been sent yet.</p>
    ) : (
      <ul class="rows card">
        {deliveries.map((delivery) => (
          <Row delivery={delivery} now={now} replay={replay} />
        ))}
      </ul>
    )}
  </section>
)

const Row = ({ delivery, now, replay }: { delivery: Delivery; now: number; replay: boolean }) => {
  const { id, message, channel, state, attempts, createdAt, problem } = delivery
  const [tone, word] = STATES[state]
  return (
    <li class="row">
      <span class="what">
        {KINDS[message.kind]} <span class="muted">{CHANNELS[channel]}</span>
      </span>
      <span class="by">
        <time datetime={machineTime(createdAt)} data-since={createdAt}>
          {age(now - createdAt)}
        </time>
        {attempts > 1 ? <>, {count(attempts, 'attempt')}</> : null}
        {problem === null ? null : <>. {problem}</>}
      </span>
      <span class="signs">
        <span class={tone}>{word}</span>
        {replay && state !== 'waiting' ? (
          <button type="button" class="small" data-replay={id}>
            Send again<span class="sr-only"> {id}</span>
          </button>
        ) : null}
      </span>
    </li>
  )
}
