/**
 * How each person is told, and which endpoints are: settings, devices, an address, a test, the delivery log.
 *
 * In: a person, or whoever administers. Out: what is set now, or a refusal. Sends nothing itself: what is to be sent is
 * put among the deliveries, for the courier. Adding an endpoint is a change to the authority (way/changes.ts); removing
 * one makes things safer and needs no consent. SPEC 3, 10.
 */
import { base64urlEncode } from '@countersign/verifier'
import { newTrace } from '../../domain/approval/approval-request.ts'
import { byMember } from '../../domain/identity/initiator.ts'
import type { Approver, Caller } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import type { Message, NewDelivery } from '../../domain/notify/delivery.ts'
import { isTimeZone } from '../../domain/notify/quiet-hours.ts'
import { refusedTarget } from '../../domain/notify/target.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Wishes } from '../../store/contract/notify-store.ts'
import type { Deps } from '../deps.ts'
import { tooMany } from '../refusals.ts'
import type { NewDevice, Notifications, Reached } from './notification-services.ts'
import type { NotifyKeys } from './notify-keys.ts'

const MOST_DEVICES = 10
const MOST_LISTED = 50
const CONFIRM_WITHIN_SECONDS = 3600
const TEST: Message = { kind: 'test', subjects: [] }

export function createNotifications(deps: Deps, keys: NotifyKeys, mailWorks: boolean): Notifications {
  const { config, store, now, limits } = deps
  const newId = () => base64urlEncode(deps.randomBytes(16))
  const to = (channel: NewDelivery['channel'], recipient: string, target: string, message: Message): NewDelivery => ({
    id: newId(),
    channel,
    recipient,
    target,
    message,
  })

  async function of({ id }: Approver): Promise<Reached> {
    const [settings, devices, deliveries] = await Promise.all([
      store.notificationSettings(id),
      store.devices(id),
      store.listDeliveries({ recipient: id, limit: MOST_LISTED }),
    ])
    return { settings, devices, deliveries, pushKey: keys.vapid.publicKey, mailWorks }
  }

  async function save({ id }: Approver, wishes: Wishes): Promise<Result<true>> {
    if (wishes.quiet && !isTimeZone(wishes.quiet.zone)) {
      return refuse('invalid_request', 'quiet.zone: no time zone of this name is known, such as Europe/Berlin.')
    }
    await store.saveNotificationSettings(id, wishes)
    return ok(true)
  }

  async function addDevice(approver: Approver, given: NewDevice): ReturnType<Notifications['addDevice']> {
    const refused = refusedTarget(given.endpoint, config.privateWebhooks)
    if (refused !== null) return refuse('invalid_request', `endpoint: ${refused}`)
    const device = { ...given, id: newId(), approver: approver.id, createdAt: now() }
    if (await store.addDevice(device, MOST_DEVICES)) return ok(device)
    return refuse('invalid_request', `You have ${MOST_DEVICES} devices here. Remove one first.`, { status: 409 })
  }

  async function setMail({ id }: Approver, address: string | null): Promise<Result<true>> {
    if (address === null) {
      await store.setMail(id, null)
      return ok(true)
    }
    if (!mailWorks) return refuse('invalid_request', 'This authority sends no mail; its operator can set it up.')
    const wait = await limits.take('approver', id)
    if (wait !== null) return tooMany(wait)
    await store.setMail(id, address)
    const message: Message = { kind: 'confirm', subjects: [], expiresAt: now() + CONFIRM_WITHIN_SECONDS }
    await store.putDeliveries([to('mail', id, id, message)], now())
    return ok(true)
  }

  async function confirmMail({ id }: Approver, secret: string): Promise<Result<true>> {
    const ended = refuse('not_found', 'This link has ended, or is for another person or address. Ask for a new one.')
    const [expires = '', proof] = secret.split('.')
    const { mail } = await store.notificationSettings(id)
    if (mail === null || Number(expires) <= now()) return ended
    if (proof !== (await keys.confirmation(id, mail, Number(expires)))) return ended
    return (await store.confirmMail(id, mail, now())) ? ok(true) : ended
  }

  async function test(approver: Approver): Promise<Result<number>> {
    const wait = await limits.take('approver', approver.id)
    if (wait !== null) return tooMany(wait)
    const { id } = approver
    const { settings, devices } = await of(approver)
    const list = [
      ...(settings.push ? devices.map((device) => to('push', id, device.id, TEST)) : []),
      ...(settings.byMail && settings.mailConfirmedAt !== null ? [to('mail', id, id, TEST)] : []),
    ]
    await store.putDeliveries(list, now())
    return ok(list.length)
  }

  async function testWebhooks(): Promise<number> {
    const list = (await store.webhooks()).map(({ id }) => to('webhook', id, id, TEST))
    await store.putDeliveries(list, now())
    return list.length
  }

  async function removeWebhook(by: Caller | Approver, id: string): Promise<Result<true>> {
    const members = { credential: id, kind: 'webhook', ...byMember(by) }
    const entry = await prepareEntry('credential.revoked', now(), newTrace(deps.randomBytes), members)
    if (await store.removeWebhook({ id, at: now(), entries: [entry] })) return ok(true)
    return refuse('not_found', 'There is no such webhook, or it is removed already.')
  }

  return {
    of,
    save,
    addDevice,
    removeDevice: async (approver, id) =>
      (await store.removeDevice(id, approver.id)) ? ok(true) : refuse('not_found', 'You have no such device.'),
    setMail,
    confirmMail,
    test,
    webhooks: store.webhooks,
    webhookKey: keys.webhookKey,
    removeWebhook,
    testWebhooks,
    deliveries: (recipient) => store.listDeliveries({ recipient, limit: MOST_LISTED }),
    replay: async (id) =>
      (await store.replayDelivery(id, now()))
        ? ok(true)
        : refuse('not_found', 'There is no such delivery, or it is still on its way.'),
  }
}
