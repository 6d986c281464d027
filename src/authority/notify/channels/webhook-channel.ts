/** Webhooks: signed events for programs (Standard Webhooks), plain text for chats. */
import type { Webhook } from '../../../domain/identity/parties.ts'
import type { Attempt, LeasedDelivery, Message } from '../../../domain/notify/delivery.ts'
import { eventBody, slackBody, textOf } from '../../../domain/notify/text.ts'
import type { Transports } from '../transports.ts'
import { attemptOf, type DeliveryChannel, GONE } from './channel.ts'

const JSON_HEADERS = { 'content-type': 'application/json', 'user-agent': 'Countersign' }

export const webhookChannel: DeliveryChannel<'webhook'> = { name: 'webhook', room: 16, send }

async function send(delivery: LeasedDelivery, transports: Transports, now: number): Promise<Attempt> {
  const { message, webhook } = delivery
  if (!webhook) return GONE
  return webhook.kind === 'slack'
    ? sendToChat(message, webhook, transports)
    : sendEvent(delivery, webhook, transports, now)
}

async function sendToChat(message: Message, { url }: Webhook, { origin, post }: Transports): Promise<Attempt> {
  if (message.kind === 'confirm') return GONE
  return attemptOf(await post(url, JSON_HEADERS, slackBody(textOf(message, origin))), [400, 403, 404, 410])
}

async function sendEvent(
  { id, message, createdAt }: LeasedDelivery,
  webhook: Webhook,
  { origin, keys, post }: Transports,
  now: number,
): Promise<Attempt> {
  const body = eventBody(message, origin, createdAt)
  const headers = {
    ...JSON_HEADERS,
    'webhook-id': id,
    'webhook-timestamp': String(now),
    'webhook-signature': await keys.signWebhook(webhook.id, id, now, body),
  }
  return attemptOf(await post(webhook.url, headers, body), [410])
}
