/**
 * One attempt to deliver: made ready for its channel, handed over, and judged by the answer.
 *
 * In: a delivery with its address as of now, and ways out. Out: delivered, failed for good, or to be tried again.
 * It never throws for what a receiver does. RFC 8030, RFC 8291, RFC 8292; Standard Webhooks.
 */
import type { Webhook } from '../../domain/identity/parties.ts'
import type { Attempt, Device, Message, Taken } from '../../domain/notify/delivery.ts'
import { eventBody, pushPayload, slackBody, type Text, textOf } from '../../domain/notify/text.ts'
import type { NotifyKeys } from './notify-keys.ts'

/** What an endpoint answered. */
export interface Posted {
  readonly status: number
  readonly retryAfterSeconds?: number | undefined
}

/** A target that may not be reached: private, where no operator has allowed it. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused'
}

/** A mail server's word that trying again is of no use. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused'
}

/**
 * Sends a POST to the public internet: follows no redirect, waits a bounded time, reads no body. Rejects with
 * `TargetRefused`, or with whatever kept it from an answer.
 */
export type Post = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
) => Promise<Posted>

/** `id` makes the same message the same, however often it is sent. Rejects with `MailRefused` for good. */
export type SendMail = (mail: {
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly text: string
}) => Promise<void>

export interface Ways {
  readonly origin: string
  readonly keys: NotifyKeys
  readonly post: Post
  /** Null where no mail server is set, or none can be reached. */
  readonly mail: SendMail | null
}

const GONE: Attempt = { result: 'failed', problem: 'The address is there no more.' }
/** A push service may keep it so long for a device that is switched off, but never longer than the request waits. */
const PUSH_TTL_SECONDS = 3600

export async function send(taken: Taken, ways: Ways, now: number): Promise<Attempt> {
  try {
    switch (taken.channel) {
      case 'push':
        return taken.device ? await push(taken.message, taken.device, ways, now) : GONE
      case 'mail':
        return await mail(taken, ways)
      case 'webhook':
        return taken.webhook ? await tell(taken, taken.webhook, ways, now) : GONE
    }
  } catch (error) {
    if (error instanceof TargetRefused || error instanceof MailRefused) {
      return { result: 'failed', problem: error.message }
    }
    return { result: 'again', problem: `It could not be reached: ${codeOf(error)}.` }
  }
}

/** Never the message: that could hold what the receiver said, or an address. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

async function push(message: Message, device: Device, { keys, post }: Ways, now: number): Promise<Attempt> {
  const sealed = await seal(message, device, keys, now)
  if (!sealed) return { result: 'failed', problem: 'The device gave a key that is none.', gone: true }
  const texts = Object.entries(sealed.headers).map(([name, value]) => [name, String(value)])
  const answer = await post(device.endpoint, Object.fromEntries(texts), sealed.body)
  if (answer.status === 404 || answer.status === 410) {
    return { result: 'failed', problem: `The subscription has ended (${answer.status}).`, gone: true }
  }
  return judged(answer, [400, 401, 403, 413])
}

/** For this device alone to read; undefined where its key is not a point of the curve. */
async function seal(message: Message, { endpoint, p256dh, auth }: Device, keys: NotifyKeys, now: number) {
  // Loaded with the first push: an authority without devices does not pay for it in memory.
  const { default: webPush } = await import('web-push')
  const isOver = message.kind === 'request.expired'
  const left = 'asked' in message && !isOver ? Math.max(0, message.asked.expiresAt - now) : PUSH_TTL_SECONDS
  // A later message about the same takes the place of one that was not delivered yet.
  const topic = message.subjects[0] === undefined ? {} : { topic: message.subjects[0] }
  try {
    return webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, pushPayload(message), {
      vapidDetails: keys.vapid,
      TTL: Math.min(PUSH_TTL_SECONDS, left),
      urgency: isOver ? 'low' : 'high',
      ...topic,
    })
  } catch {
    return undefined
  }
}

async function mail({ id, recipient, message, mail: to }: Taken, ways: Ways): Promise<Attempt> {
  if (!ways.mail) return { result: 'failed', problem: 'No mail server is set here.' }
  if (to === null) return GONE
  const text =
    message.kind === 'confirm'
      ? await confirmText(recipient, to, message.expiresAt, ways)
      : textOf(message, ways.origin)
  const footer = 'This link opens a page and decides nothing. You are asked for your passkey there.'
  await ways.mail({ id, to, subject: text.title, text: [...text.lines, '', text.link, '', footer, ''].join('\n') })
  return { result: 'delivered' }
}

async function confirmText(
  approver: string,
  address: string,
  expiresAt: number,
  { keys, origin }: Ways,
): Promise<Text> {
  const proof = await keys.confirmation(approver, address, expiresAt)
  return {
    title: 'Confirm this address',
    lines: ['Somebody wants to be told at this address when a request waits. If it was not you, do nothing.'],
    link: `${origin}/notifications#${expiresAt}.${proof}`,
  }
}

async function tell({ id, message, createdAt }: Taken, webhook: Webhook, ways: Ways, now: number): Promise<Attempt> {
  const json = { 'content-type': 'application/json', 'user-agent': 'Countersign' }
  if (webhook.kind === 'slack') {
    if (message.kind === 'confirm') return GONE
    return judged(await ways.post(webhook.url, json, slackBody(textOf(message, ways.origin))), [400, 403, 404, 410])
  }
  const body = eventBody(message, ways.origin, createdAt)
  const headers = {
    ...json,
    'webhook-id': id,
    'webhook-timestamp': String(now),
    'webhook-signature': await ways.keys.signWebhook(webhook.id, id, now, body),
  }
  return judged(await ways.post(webhook.url, headers, body), [410])
}

function judged({ status, retryAfterSeconds }: Posted, forGood: readonly number[]): Attempt {
  if (status >= 200 && status < 300) return { result: 'delivered' }
  const problem = `It answered ${status}.`
  if (status >= 300 && status < 400) return { result: 'failed', problem: `${problem} Redirects are not followed.` }
  if (forGood.includes(status)) return { result: 'failed', problem }
  return { result: 'again', problem, afterSeconds: retryAfterSeconds }
}
