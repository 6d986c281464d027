/**
 * What telling people asks of a database.
 *
 * Types only; the store implements them. Notices are written by the verbs of their facts. Planning takes its turn, and
 * a delivery is leased to one process at a time: who dies while sending leaves it for the next, under the same id.
 *
 */

import type { Webhook } from '../../domain/identity/parties.ts'
import type { Attempt, Channel, Delivery, Device, NewDelivery, Taken } from '../../domain/notify/delivery.ts'
import type { Facts, Plan } from '../../domain/notify/plan.ts'
import type { QuietHours } from '../../domain/notify/quiet-hours.ts'

/** How one person wants to be told. */
export interface Wishes {
  readonly push: boolean
  readonly byMail: boolean
  readonly quiet: QuietHours | null
}

export interface Settings extends Wishes {
  readonly mail: string | null
  readonly mailConfirmedAt: number | null
}

export type DeliveryEnd =
  | Extract<Attempt, { readonly result: 'delivered' | 'failed' }>
  | { readonly result: 'again'; readonly problem: string; readonly at: number }

export interface NotifyStore {
  /**
   * Takes up to `limit` due notices and keeps what `plan` makes of them and of the rings since `ringsSince`, in one
   * transaction, one process at a time. Returns how many notices were taken; 0 also while another process is at it.
   */
  planNotices(
    input: { readonly now: number; readonly limit: number; readonly ringsSince: number },
    plan: (facts: Facts) => Plan,
  ): Promise<number>
  /** Leases due deliveries, of each channel as many as there is room for, each to one taker; counts the attempt. */
  takeDeliveries(input: {
    readonly room: Readonly<Record<Channel, number>>
    readonly now: number
    readonly leaseSeconds: number
  }): Promise<readonly Taken[]>
  /** Unless another has taken it meanwhile. An address that is `gone` is forgotten, where it is a device's. */
  settleDelivery(taken: Taken, end: DeliveryEnd, now: number): Promise<void>
  putDeliveries(list: readonly NewDelivery[], now: number): Promise<void>
  /** To be sent once more, under the same id; false for one that is unknown or on its way. */
  replayDelivery(id: string, now: number): Promise<boolean>
  /** Newest first; of one recipient where given. */
  listDeliveries(filter: { readonly recipient: string | null; readonly limit: number }): Promise<readonly Delivery[]>
  /** Deletes rings and ended deliveries of before `before`. */
  forgetDeliveries(before: number): Promise<void>

  notificationSettings(approver: string): Promise<Settings>
  saveNotificationSettings(approver: string, wishes: Wishes): Promise<void>
  /** Forgets the address that was there; the new one waits for its confirmation. Null for none. */
  setMail(approver: string, address: string | null): Promise<void>
  /** Only while that address waits for its confirmation. */
  confirmMail(approver: string, address: string, at: number): Promise<boolean>
  devices(approver: string): Promise<readonly Device[]>
  /** One browser is one device, of whoever enrolled it last; false where this person has too many. */
  addDevice(device: Device, most: number): Promise<boolean>
  removeDevice(id: string, approver: string): Promise<boolean>
  /** Live ones. */
  webhooks(): Promise<readonly Webhook[]>
}
