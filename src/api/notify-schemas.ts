/**
 * The shapes of telling people: settings, devices, endpoints, the delivery log.
 *
 * No secret is in an answer: of a device its label, of an endpoint its origin, since paths of chat webhooks are secrets.
 */
import { z } from 'zod'
import { CHANNEL_NAMES } from '../domain/notify/channels.ts'
import { base64url22 as id, nameOf } from './schemas.ts'

const instant = z.int().nonnegative().meta({ description: 'Epoch seconds' })
const minute = z.int().min(0).max(1439).meta({ description: 'Minutes after midnight' })
const kind = z.enum(['request.waiting', 'request.escalated', 'request.expired', 'killswitch.engaged'])

export const Wishes = z
  .strictObject({
    push: z.boolean(),
    mail: z.boolean(),
    quiet: z.strictObject({ from: minute, to: minute, zone: nameOf(64).meta({ example: 'Europe/Berlin' }) }).nullable(),
  })
  .meta({ id: 'NotificationWishes' })

export const DeviceView = z.strictObject({ id, label: z.string(), created_at: instant }).meta({ id: 'PushDevice' })

export const AddDevice = z
  .strictObject({
    endpoint: z.url().max(1024),
    keys: z.strictObject({
      p256dh: z.string().regex(/^[A-Za-z0-9_-]{87}$/),
      auth: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
    }),
    label: nameOf(60),
  })
  .meta({ id: 'AddPushDevice', description: 'What a browser’s push service answered, and a name for the device' })

export const Notifications = z
  .strictObject({
    push_key: z.string().meta({ description: 'The authority’s VAPID key, to subscribe with' }),
    wishes: Wishes,
    mail: z.strictObject({ address: z.string(), confirmed: z.boolean() }).nullable(),
    devices: z.array(DeviceView),
  })
  .meta({ id: 'Notifications' })

export const SetMail = z.strictObject({ address: z.email().max(254) }).meta({ id: 'SetMail' })
export const ConfirmMail = z.strictObject({ secret: z.string().regex(/^\d{1,12}\.[A-Za-z0-9_-]{43}$/) })
export const Saved = z.strictObject({ saved: z.literal(true) })
export const Sent = z.strictObject({ sent: z.int() }).meta({ description: 'How many messages are on their way' })

export const WebhookView = z
  .strictObject({
    id,
    origin: z.string(),
    kind: z.enum(['standard', 'slack']),
    events: z.array(kind),
    created_at: instant,
  })
  .meta({ id: 'Webhook' })
export const Webhooks = z.strictObject({
  key: z.string().meta({ description: 'whpk_…: the Ed25519 key that v1a signatures are checked with' }),
  webhooks: z.array(WebhookView),
})

export const DeliveryView = z
  .strictObject({
    id: id.meta({ description: 'The webhook-id: the same, however often it is sent' }),
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
export const DeliveriesQuery = z.strictObject({
  recipient: z
    .string()
    .max(64)
    .regex(/^\P{Cc}*$/u)
    .optional(),
})
export const Deliveries = z.strictObject({ deliveries: z.array(DeliveryView) })
