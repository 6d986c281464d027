/** Web Push: generic words, encrypted to one browser. RFC 8030, RFC 8291, RFC 8292. */
import { encryptNotification } from '@block65/webcrypto-web-push'
import type { Attempt, Device, LeasedDelivery, Message } from '../../../domain/notify/delivery.ts'
import { pushPayload } from '../../../domain/notify/text.ts'
import type { Transports } from '../transports.ts'
import { attemptOf, type DeliveryChannel, GONE } from './channel.ts'

/** The longest time for which a push service may keep a message; never longer than the request waits. */
const MAX_TTL_SECONDS = 3600

export const pushChannel: DeliveryChannel<'push'> = { name: 'push', room: 16, send }

async function send({ message, device }: LeasedDelivery, { keys, post }: Transports, now: number): Promise<Attempt> {
  if (!device) return GONE
  const body = await encrypted(message, device)
  if (!body) return { result: 'failed', problem: 'The device gave a key that is none.', gone: true }
  const authorization = await keys.authorizePush(new URL(device.endpoint).origin, now)
  const answer = await post(device.endpoint, { ...headersOf(message, now), authorization }, body)
  if (answer.status === 404 || answer.status === 410) {
    return { result: 'failed', problem: `The subscription has ended (${answer.status}).`, gone: true }
  }
  return attemptOf(answer, [400, 401, 403, 413])
}

/** Undefined when the device's key is no point of the curve. */
async function encrypted(message: Message, { endpoint, p256dh, auth }: Device): Promise<Uint8Array | undefined> {
  const subscription = { endpoint, expirationTime: null, keys: { p256dh, auth } }
  const payload = new TextEncoder().encode(pushPayload(message))
  return encryptNotification(subscription, payload).catch(() => undefined)
}

function headersOf(message: Message, now: number): Record<string, string> {
  const isOver = message.kind === 'request.expired'
  const left = 'asked' in message && !isOver ? Math.max(0, message.asked.expiresAt - now) : MAX_TTL_SECONDS
  const [topic] = message.subjects
  return {
    'content-encoding': 'aes128gcm',
    'content-type': 'application/octet-stream',
    ttl: String(Math.min(MAX_TTL_SECONDS, left)),
    urgency: isOver ? 'low' : 'high',
    // A later message about the same request replaces one that was not delivered yet.
    ...(topic === undefined ? {} : { topic }),
  }
}
