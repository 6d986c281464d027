/** `webhook list`: the endpoints, the key they check with, and what they were sent lately. */
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'
import { table } from '../terminal/table.ts'

export const webhookList = (webhook: Command): Command =>
  webhook.command('list').description('endpoints, the key they check with, and what was sent lately').action(list)

async function list(_: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const [endpoints, sent] = await Promise.all([client().call('listWebhooks'), client().call('listDeliveries')])
  if (!endpoints.ok) throw failureOf(endpoints.problem)
  if (!sent.ok) throw failureOf(sent.problem)
  const { key, webhooks } = endpoints.value
  const rows = webhooks.map(({ id, origin, kind, events }) => [id, origin, kind, events.join(', ')])
  const ids = new Set(webhooks.map(({ id }) => id))
  const deliveries = sent.value.deliveries.filter(({ recipient }) => ids.has(recipient))
  const log = deliveries.map((one) => [one.id, one.kind, one.state, `${one.attempts}`, one.problem ?? '–'])
  const style = { paint: output.paint }
  const lines = [
    table(['ID', 'ENDPOINT', 'KIND', 'EVENTS'], rows, { ...style, nothing: 'There are no endpoints yet.' }),
    `Signatures (v1a) are checked with ${key}`,
    table(['DELIVERY', 'EVENT', 'STATE', 'ATTEMPTS', 'PROBLEM'], log, { ...style, nothing: 'Nothing was sent yet.' }),
  ]
  output.result({ key, webhooks, deliveries }, lines.join('\n\n'))
}
