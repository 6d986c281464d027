/** The delivery log, newest first: the messages sent, their channel and their result. */
import type { Delivery, DeliveryState } from '../../domain/notify/delivery.ts'
import { Row, Rows, Section } from '../parts/card.tsx'
import { Age } from '../parts/times.tsx'
import { count } from '../parts/wording.ts'

const KINDS: Readonly<Record<Delivery['message']['kind'], string>> = {
  'request.waiting': 'Request waiting',
  'request.escalated': 'Request unanswered',
  'request.expired': 'Request expired',
  'request.approved': 'Request approved',
  'request.denied': 'Request denied',
  'request.changed': 'Request changed',
  'outcome.reported': 'Outcome reported',
  'killswitch.engaged': 'Kill switch engaged',
  'breakglass.opened': 'Break-glass opened',
  test: 'Test',
  confirm: 'Address confirmation',
}
const CHANNELS: Readonly<Record<Delivery['channel'], string>> = {
  push: 'to a device',
  mail: 'by e-mail',
  webhook: 'to a webhook',
}
const STATES: Readonly<Record<DeliveryState, readonly [tone: string, word: string]>> = {
  waiting: ['pill', 'Sending'],
  delivered: ['pill ok', 'Delivered'],
  failed: ['pill no', 'Failed'],
}

interface DeliveryListProps {
  readonly deliveries: readonly Delivery[]
  readonly now: number
  readonly replay?: boolean
}

export const DeliveryList = ({ deliveries, now, replay = false }: DeliveryListProps) => (
  <Section id="deliveries" title="Recent deliveries" note="kept for 30 days">
    <Rows
      rows={deliveries.map((delivery) => <DeliveryRow delivery={delivery} now={now} replay={replay} />)}
      empty="Nothing has been sent yet."
    />
  </Section>
)

const DeliveryRow = ({ delivery, now, replay }: { delivery: Delivery; now: number; replay: boolean }) => {
  const { id, message, channel, state, attempts, createdAt, problem } = delivery
  const [tone, word] = STATES[state]
  return (
    <Row
      what={
        <>
          {KINDS[message.kind]} <span class="muted">{CHANNELS[channel]}</span>
        </>
      }
      by={
        <>
          <Age since={createdAt} now={now} />
          {attempts > 1 ? <>, {count(attempts, 'attempt')}</> : null}
          {problem === null ? null : <>. {problem}</>}
        </>
      }
      signs={
        <>
          <span class={tone}>{word}</span>
          {replay && state !== 'waiting' ? (
            <button type="button" class="small" data-replay={id}>
              Send again<span class="sr-only"> {id}</span>
            </button>
          ) : null}
        </>
      }
    />
  )
}
