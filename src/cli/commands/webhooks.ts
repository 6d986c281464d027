/** `webhook` and `notify test`: endpoints that receive events, and the state of their deliveries. */
import type { Command } from 'commander'
import { AddWebhookArguments } from '../../authority/changes/operation-changes.ts'
import { jsonMembers } from '../arguments/json-file.ts'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'
import { unwrap, usage } from '../exit.ts'
import { visible } from '../terminal/paint.ts'
import { table } from '../terminal/table.ts'

interface Options {
  readonly kind?: string
  readonly event?: readonly string[]
  readonly reason?: string
}

export async function addWebhook(url: string, { kind, event, reason }: Options, command: Command): Promise<void> {
  const given = jsonMembers({ url, kind, events: event })
  if (!AddWebhookArguments.safeParse(given).success) {
    throw usage('The URL must be whole, the kind standard or slack, and each event one that --help names.')
  }
  await makeChange(
    contextOf(command),
    { name: 'countersign.webhook.add', resource: 'webhooks', arguments: given, reason },
    {
      done: `${new URL(url).origin} receives events from now on.`,
      hint: 'It is for receivers that check v1 signatures; v1a is checked with the key that webhook list shows.',
    },
  )
}

export async function listWebhooks(_: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const authority = client()
  const [endpoints, recent] = await Promise.all([authority.call('listWebhooks'), authority.call('listDeliveries')])
  const { key, webhooks } = unwrap(endpoints)
  const rows = webhooks.map(({ id, origin, kind, events }) => [id, origin, kind, events.join(', ')])
  const ids = new Set(webhooks.map(({ id }) => id))
  const deliveries = unwrap(recent).deliveries.filter(({ recipient }) => ids.has(recipient))
  const log = deliveries.map((one) => [one.id, one.kind, one.state, `${one.attempts}`, one.problem ?? '–'])
  const { paint } = output
  const parts = [
    table(['ID', 'ENDPOINT', 'KIND', 'EVENTS'], rows, { paint, nothing: 'There are no endpoints yet.' }),
    `Signatures (v1a) are verified with ${visible(key)}`,
    table(['DELIVERY', 'EVENT', 'STATE', 'ATTEMPTS', 'PROBLEM'], log, { paint, nothing: 'Nothing was sent yet.' }),
  ]
  output.result({ key, webhooks, deliveries }, parts.join('\n\n'))
}

/** People test their own devices on their page. */
export async function testWebhooks(_: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = unwrap(await client().call('testWebhooks'))
  output.done(answer, answer.sent === 0 ? 'There is no endpoint to test.' : `${answer.sent} on their way.`)
}
