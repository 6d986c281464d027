/** `webhook add`: an endpoint that is told of events, once an admin has consented. */
import type { Command } from 'commander'
import { AddWebhookArguments } from '../../api/notify-schemas.ts'
import { administer } from '../changes/administer.ts'
import { showChange } from '../changes/show-change.ts'
import { contextOf } from '../context.ts'
import { examples } from '../examples.ts'
import { usage } from '../exit.ts'

interface Options {
  readonly kind?: string
  readonly event?: readonly string[]
  readonly reason?: string
}

export const webhookAdd = (webhook: Command): Command =>
  webhook
    .command('add <url>')
    .description('tell an endpoint of events')
    .option('--kind <kind>', 'standard (signed, Standard Webhooks) or slack (a chat’s incoming webhook)')
    .option('--event <event...>', 'request.waiting, request.escalated, request.expired, killswitch.engaged')
    .option('--reason <text>', 'shown to the admin who consents')
    .addHelpText('after', examples('countersign webhook add https://hooks.example/countersign --event request.waiting'))
    .action(addWebhook)

async function addWebhook(url: string, { kind, event, reason }: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  const given = { url, ...(kind ? { kind } : {}), ...(event ? { events: [...event] } : {}) }
  if (!AddWebhookArguments.safeParse(given).success) {
    throw usage('The URL must be whole, the kind standard or slack, and each event one that --help names.')
  }
  const change = { name: 'countersign.webhook.add', resource: 'webhooks', arguments: given } as const
  showChange(context.output, await administer(context, change, reason), {
    done: `${new URL(url).origin} is told from now on.`,
    hint: 'It is for receivers that check v1 signatures; v1a is checked with the key that webhook list shows.',
  })
}
