/** One person's notifications: settings, devices, a mail address, a test. The courier sends the messages. SPEC 3. */

import type { Approver } from '../../domain/identity/parties.ts'
import { type Target, targetsOf } from '../../domain/notify/channels.ts'
import type { Delivery, Device, Message } from '../../domain/notify/delivery.ts'
import { isTimeZone, type NotificationPreferences, type NotificationSettings } from '../../domain/notify/quiet-hours.ts'
import { refusedTarget } from '../../domain/notify/target.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { NotifyStore } from '../../store/contract/notify-store.ts'
import type { Deps, Uses } from '../deps.ts'
import { tooMany } from '../refusals.ts'
import { MOST_LISTED, newDeliveryId, TEST_MESSAGE } from './delivery-log.ts'

type NotifyDeps = Uses<NotifyStore, 'now' | 'randomBytes'>

export interface NotificationProfile {
  readonly settings: NotificationSettings
  readonly devices: readonly Device[]
  readonly pushKey: string
  readonly mailWorks: boolean
  readonly deliveries: readonly Delivery[]
}

export type NewDevice = Pick<Device, 'endpoint' | 'p256dh' | 'auth' | 'label'>

const MOST_DEVICES = 10
const CONFIRM_WITHIN_SECONDS = 3600

export async function readProfile(
  { store, notifyKeys, mailWorks }: Pick<Deps, 'notifyKeys' | 'mailWorks'> & Pick<NotifyDeps, 'store'>,
  { id }: Approver,
): Promise<NotificationProfile> {
  const [settings, devices, deliveries] = await Promise.all([
    store.notificationSettings(id),
    store.devices(id),
    store.listDeliveries({ recipient: id, limit: MOST_LISTED }),
  ])
  return { settings, devices, deliveries, pushKey: notifyKeys.pushKey, mailWorks }
}

export async function savePreferences(
  { store }: Pick<NotifyDeps, 'store'>,
  { id }: Approver,
  preferences: NotificationPreferences,
): Promise<Result<true>> {
  if (preferences.quiet && !isTimeZone(preferences.quiet.zone)) {
    return refuse('invalid_request', 'quiet.zone: no time zone of this name is known, such as Europe/Berlin.')
  }
  await store.saveNotificationSettings({ ...preferences, approver: id })
  return ok(true)
}

export async function addDevice(
  deps: NotifyDeps & Pick<Deps, 'config'>,
  { id: approver }: Approver,
  subscription: NewDevice,
): Promise<Result<Device>> {
  const refused = refusedTarget(subscription.endpoint, deps.config.privateWebhooks)
  if (refused !== null) return refuse('invalid_request', `endpoint: ${refused}`)
  const device = { ...subscription, id: newDeliveryId(deps), approver, createdAt: deps.now() }
  if (await deps.store.addDevice({ device, most: MOST_DEVICES })) return ok(device)
  return refuse('invalid_request', `You have ${MOST_DEVICES} devices here. Remove one first.`, { status: 409 })
}

export const removeDevice = async (
  { store }: Pick<NotifyDeps, 'store'>,
  { id: approver }: Approver,
  id: string,
): Promise<Result<true>> =>
  (await store.removeDevice({ id, approver })) ? ok(true) : refuse('not_found', 'You have no such device.')

/** Sends a confirmation to the address, which is used once its link was followed. Null removes the address. */
export async function setMail(
  deps: NotifyDeps & Pick<Deps, 'mailWorks' | 'limits'>,
  { id }: Approver,
  address: string | null,
): Promise<Result<true>> {
  if (address === null) {
    await deps.store.setMail({ approver: id, address })
    return ok(true)
  }
  if (!deps.mailWorks) return refuse('invalid_request', 'This authority sends no mail; its operator can set it up.')
  const wait = await deps.limits.take('approver', id)
  if (wait !== null) return tooMany(wait)
  await deps.store.setMail({ approver: id, address })
  const message: Message = { kind: 'confirm', subjects: [], expiresAt: deps.now() + CONFIRM_WITHIN_SECONDS }
  await put(deps, id, [{ channel: 'mail', target: id }], message)
  return ok(true)
}

/** `secret`: `expiresAt.proof`, from the link. */
export async function confirmMail(
  { store, now, notifyKeys }: NotifyDeps & Pick<Deps, 'notifyKeys'>,
  { id: approver }: Approver,
  secret: string,
): Promise<Result<true>> {
  const ended = refuse('not_found', 'This link has ended, or is for another person or address. Ask for a new one.')
  const [expires = '', proof] = secret.split('.')
  const { mail: address } = await store.notificationSettings(approver)
  if (address === null || Number(expires) <= now()) return ended
  if (proof !== (await notifyKeys.confirmation(approver, address, Number(expires)))) return ended
  return (await store.confirmMail({ approver, address, at: now() })) ? ok(true) : ended
}

/** Sends a test over each of the person's channels; resolves to the number of messages. */
export async function testNotifications(
  deps: NotifyDeps & Pick<Deps, 'limits'>,
  { id }: Approver,
): Promise<Result<number>> {
  const wait = await deps.limits.take('approver', id)
  if (wait !== null) return tooMany(wait)
  const [settings, devices] = await Promise.all([deps.store.notificationSettings(id), deps.store.devices(id)])
  const byMail = settings.byMail && settings.mailConfirmedAt !== null
  const targets = targetsOf({ id, push: settings.push, byMail, devices })
  await put(deps, id, targets, TEST_MESSAGE)
  return ok(targets.length)
}

const put = (deps: NotifyDeps, recipient: string, targets: readonly Target[], message: Message): Promise<void> =>
  deps.store.putDeliveries({
    deliveries: targets.map((target) => ({ id: newDeliveryId(deps), recipient, message, ...target })),
    now: deps.now(),
  })
