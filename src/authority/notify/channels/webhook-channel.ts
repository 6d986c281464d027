/** Webhooks: signed events for programs (Standard Webhooks), plain text for chats. */
import type { Webhook } from '../../../domain/identity/parties.ts'
import type { Attempt, LeasedDelivery, Message } from '../../../domain/notify/delivery.ts'
import { eventBody, slackBody, textOf } from '../../../domain/notify/text.ts'
import type { PostResponse, Transports } from '../transports.ts'
import { attemptOf, type DeliveryChannel, GONE } from './channel.ts'

const JSON_HEADERS = { 'content-type': 'application/json', 'user-agent': 'Countersign' }

export const webhookChannel: DeliveryChannel<'webhook'> = { name: 'webhook', room: 16, send }

async function send(delivery: LeasedDelivery, transports: Transports, now: number): Promise<Attempt> {
  const { message, webhook } = delivery
  if (!webhook || message.kind === 'confirm') return GONE
  const answer = await postMessage({ ...delivery, message, webhook }, transports, now)
  return attemptOf(answer, webhook.kind === 'slack' ? [400, 403, 404, 410] : [410])
}

interface WebhookMessage extends Pick<LeasedDelivery, 'id' | 'createdAt'> {
  readonly message: Exclude<Message, { kind: 'confirm' }>
  readonly webhook: Pick<Webhook, 'id' | 'url' | 'kind'>
}

/** Rejects as `Post` does. */
export async function postMessage(
  { id, message, createdAt, webhook }: WebhookMessage,
  { origin, keys, post }: Omit<Transports, 'mail'>,
  now: number,
): Promise<PostResponse> {
  if (webhook.kind === 'slack') return post(webhook.url, JSON_HEADERS, slackBody(textOf(message, origin)))
  const body = eventBody(message, origin, createdAt)
  const headers = {
    ...JSON_HEADERS,
    'webhook-id': id,
    'webhook-timestamp': String(now),
    'webhook-signature': await keys.signWebhook(webhook.id, id, now, body),
  }
  return post(webhook.url, headers, body)
}
