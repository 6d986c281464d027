/**
 * The notifications' part of the store. The verbs of facts write their notices. Planning takes turns among processes,
 * and a delivery is leased to one process at a time: one that dies while sending leaves it to the next, under the same
 * id. SPEC 3, 13.
 */
import type { Webhook } from '../../domain/identity/parties.ts'
import type { Channel } from '../../domain/notify/channels.ts'
import type { Delivery, DeliveryResult, Device, LeasedDelivery, NewDelivery } from '../../domain/notify/delivery.ts'
import type { Facts, Plan } from '../../domain/notify/plan.ts'
import type { NotificationPreferences, NotificationSettings } from '../../domain/notify/quiet-hours.ts'

export interface ChannelRoom {
  readonly channel: Channel
  readonly most: number
}

export interface NotifyStore {
  /**
   * Takes up to `limit` due notices and stores the plan made of them and of the rings since `ringsSince`, in one
   * transaction, one process at a time. Returns how many notices were taken; 0 also while another process plans.
   */
  planNotices(input: {
    readonly now: number
    readonly limit: number
    readonly ringsSince: number
    readonly plan: (facts: Facts) => Plan
  }): Promise<number>
  /** Leases due deliveries, as many of each channel as there is room for; counts the attempt. */
  takeDeliveries(input: {
    readonly rooms: readonly ChannelRoom[]
    readonly now: number
    readonly leaseSeconds: number
  }): Promise<readonly LeasedDelivery[]>
  /** Does nothing when another process has leased it meanwhile. Deletes the device whose address is `gone`. */
  settleDelivery(input: {
    readonly delivery: LeasedDelivery
    readonly result: DeliveryResult
    readonly now: number
  }): Promise<void>
  putDeliveries(input: { readonly deliveries: readonly NewDelivery[]; readonly now: number }): Promise<void>
  /** Sends it once more under the same id; false for one that is unknown or on its way. */
  replayDelivery(input: { readonly id: string; readonly now: number }): Promise<boolean>
  /** Newest first; of one recipient where given. */
  listDeliveries(filter: { readonly recipient: string | null; readonly limit: number }): Promise<readonly Delivery[]>
  /** Deletes rings and ended deliveries older than `before`. */
  forgetDeliveries(before: number): Promise<void>

  notificationSettings(approver: string): Promise<NotificationSettings>
  saveNotificationSettings(input: NotificationPreferences & { readonly approver: string }): Promise<void>
  /** Replaces the address; a new one waits for its confirmation. Null removes it. */
  setMail(input: { readonly approver: string; readonly address: string | null }): Promise<void>
  /** False unless this address waits for its confirmation. */
  confirmMail(input: { readonly approver: string; readonly address: string; readonly at: number }): Promise<boolean>
  devices(approver: string): Promise<readonly Device[]>
  /** A browser is one device, owned by the person who enrolled it last. False beyond `most` devices of a person. */
  addDevice(input: { readonly device: Device; readonly most: number }): Promise<boolean>
  removeDevice(input: { readonly id: string; readonly approver: string }): Promise<boolean>
  /** Those that were not removed. */
  webhooks(): Promise<readonly Webhook[]>
}
