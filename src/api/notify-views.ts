/** Settings, endpoints and deliveries in the words of the wire. */
import type { z } from 'zod'
import type { Webhook } from '../domain/identity/parties.ts'
import type { Delivery, Device } from '../domain/notify/delivery.ts'
import type { NotificationSettings } from '../domain/notify/preferences.ts'
import type * as s from './notify-schemas.ts'

export const deviceView = ({ id, label, createdAt }: Device): z.input<typeof s.DeviceView> => ({
  id,
  label,
  created_at: createdAt,
})

export const notificationsView = (
  settings: NotificationSettings,
  devices: readonly Device[],
  pushKey: string,
): z.input<typeof s.Notifications> => ({
  push_key: pushKey,
  wishes: { push: settings.push, mail: settings.byMail, quiet: settings.quiet && { ...settings.quiet } },
  mail: settings.mail === null ? null : { address: settings.mail, confirmed: settings.mailConfirmedAt !== null },
  devices: devices.map(deviceView),
})

export const webhookView = ({ id, url, kind, events, createdAt }: Webhook): z.input<typeof s.WebhookView> => ({
  id,
  origin: new URL(url).origin,
  kind,
  events: [...events],
  created_at: createdAt,
})

export const deliveryView = (delivery: Delivery): z.input<typeof s.DeliveryView> => ({
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
