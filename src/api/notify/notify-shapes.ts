/**
 * Notification settings, devices, webhooks and deliveries on the wire.
 *
 * No secret is in an answer: a device has its label, a webhook its origin, since the paths of chat webhooks are secrets.
 */
import * as z from 'zod'
import type { NotificationProfile } from '../../authority/notify/own-notifications.ts'
import { base64url22 as id, nameOf } from '../../domain/identity/identifiers.ts'
import { NOTICE_KINDS, type Webhook } from '../../domain/identity/parties.ts'
import { CHANNEL_NAMES } from '../../domain/notify/channels.ts'
import type { Delivery, Device } from '../../domain/notify/delivery.ts'
import { instant } from '../wire-fields.ts'

const minute = z.int().min(0).max(1439).meta({ description: 'Minutes after midnight' })

export const NotificationSettings = z
  .strictObject({
    push: z.boolean(),
    mail: z.boolean(),
    quiet: z.strictObject({ from: minute, to: minute, zone: nameOf(64).meta({ example: 'Europe/Berlin' }) }).nullable(),
  })
  .meta({ id: 'NotificationWishes' })

export const DeviceView = z.strictObject({ id, label: z.string(), created_at: instant }).meta({ id: 'PushDevice' })

export const deviceView = ({ id, label, createdAt }: Device): z.input<typeof DeviceView> => ({
  id,
  label,
  created_at: createdAt,
})

export const DeviceSubscription = z
  .strictObject({
    endpoint: z.url().max(1024),
    keys: z.strictObject({
      p256dh: z.string().regex(/^[A-Za-z0-9_-]{87}$/),
      auth: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
    }),
    label: nameOf(60),
  })
  .meta({
    id: 'AddPushDevice',
    description: 'The subscription that a browser’s push service gave, and a name for the device',
  })

export const NotificationsView = z
  .strictObject({
    push_key: z.string().meta({ description: 'The authority’s VAPID key, to subscribe with' }),
    wishes: NotificationSettings,
    mail: z.strictObject({ address: z.string(), confirmed: z.boolean() }).nullable(),
    devices: z.array(DeviceView),
  })
  .meta({ id: 'Notifications' })

export const notificationsView = ({
  settings,
  devices,
  pushKey,
}: Pick<NotificationProfile, 'settings' | 'devices' | 'pushKey'>): z.input<typeof NotificationsView> => ({
  push_key: pushKey,
  wishes: { push: settings.push, mail: settings.byMail, quiet: settings.quiet && { ...settings.quiet } },
  mail: settings.mail === null ? null : { address: settings.mail, confirmed: settings.mailConfirmedAt !== null },
  devices: devices.map(deviceView),
})

export const MailAddress = z.strictObject({ address: z.email().max(254) }).meta({ id: 'SetMail' })

export const MailSecret = z.strictObject({ secret: z.string().regex(/^\d{1,12}\.[A-Za-z0-9_-]{43}$/) })

export const Acknowledgement = z.strictObject({ saved: z.literal(true) })
export const acknowledgement = (): z.input<typeof Acknowledgement> => ({ saved: true })

export const MessageCount = z.strictObject({ sent: z.int() }).meta({ description: 'Number of messages sent' })

const kind = z.enum(NOTICE_KINDS)

const WebhookView = z
  .strictObject({
    id,
    origin: z.string(),
    kind: z.enum(['standard', 'slack']),
    events: z.array(kind),
    created_at: instant,
  })
  .meta({ id: 'Webhook' })

export const webhookView = ({ id, url, kind, events, createdAt }: Webhook): z.input<typeof WebhookView> => ({
  id,
  origin: new URL(url).origin,
  kind,
  events: [...events],
  created_at: createdAt,
})

export const Webhooks = z.strictObject({
  key: z.string().meta({ description: 'whpk_…: the Ed25519 key that v1a signatures are checked with' }),
  webhooks: z.array(WebhookView),
})

const DeliveryView = z
  .strictObject({
    id: id.meta({ description: 'The webhook-id: the same, however usageCounts it is sent' }),
    channel: z.enum(CHANNEL_NAMES),
    recipient: z.string(),
    kind: z.string(),
    subjects: z.array(z.string()),
    state: z.enum(['waiting', 'delivered', 'failed']),
    attempts: z.int(),
    created_at: instant,
    due_at: instant,
    ended_at: instant.nullable(),
    problem: z.string().nullable(),
  })
  .meta({ id: 'Delivery' })

export const deliveryView = (delivery: Delivery): z.input<typeof DeliveryView> => ({
  id: delivery.id,
  channel: delivery.channel,
  recipient: delivery.recipient,
  kind: delivery.message.kind,
  subjects: [...delivery.message.subjects],
  state: delivery.state,
  attempts: delivery.attempts,
  created_at: delivery.createdAt,
  due_at: delivery.dueAt,
  ended_at: delivery.endedAt,
  problem: delivery.problem,
})

export const DeliveriesQuery = z.strictObject({
  recipient: z
    .string()
    .max(64)
    .regex(/^\P{Cc}*$/u)
    .optional(),
})

export const Deliveries = z.strictObject({ deliveries: z.array(DeliveryView) })
