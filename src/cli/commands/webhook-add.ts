/** `webhook add`: registers an endpoint that receives events, once an admin has consented. */
import type { Command } from 'commander'
import { AddWebhookArguments } from '../../authority/changes/add-webhook.ts'
import { jsonMembers } from '../arguments/json-file.ts'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'
import { usage } from '../exit.ts'

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
