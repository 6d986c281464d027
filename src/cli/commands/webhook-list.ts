/** `webhook list`: the endpoints, the key that verifies signatures, and recent deliveries. */
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { unwrap } from '../exit.ts'
import { table } from '../terminal/table.ts'

export async function listWebhooks(_: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const [endpoints, recent] = await Promise.all([client().call('listWebhooks'), client().call('listDeliveries')])
  const { key, webhooks } = unwrap(endpoints)
  const rows = webhooks.map(({ id, origin, kind, events }) => [id, origin, kind, events.join(', ')])
  const ids = new Set(webhooks.map(({ id }) => id))
  const deliveries = unwrap(recent).deliveries.filter(({ recipient }) => ids.has(recipient))
  const log = deliveries.map((one) => [one.id, one.kind, one.state, `${one.attempts}`, one.problem ?? '–'])
  const { paint } = output
  const parts = [
    table(['ID', 'ENDPOINT', 'KIND', 'EVENTS'], rows, { paint, nothing: 'There are no endpoints yet.' }),
    `Signatures (v1a) are verified with ${key}`,
    table(['DELIVERY', 'EVENT', 'STATE', 'ATTEMPTS', 'PROBLEM'], log, { paint, nothing: 'Nothing was sent yet.' }),
  ]
  output.result({ key, webhooks, deliveries }, parts.join('\n\n'))
}
