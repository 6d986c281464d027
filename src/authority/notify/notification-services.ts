/**
 * What the doors may ask about telling people.
 *
 * Types only; the work is in notifications.ts of the folder above.
 */

import type { Approver, Caller, Webhook } from '../../domain/identity/parties.ts'
import type { Delivery, Device } from '../../domain/notify/delivery.ts'
import type { Result } from '../../domain/refusal.ts'
import type { Settings, Wishes } from '../../store/contract/notify-store.ts'

/** How one person is told, as their page shows it. */
export interface Reached {
  readonly settings: Settings
  readonly devices: readonly Device[]
  /** What browsers subscribe with: the public VAPID key. */
  readonly pushKey: string
  /** Whether this authority can send mail at all. */
  readonly mailWorks: boolean
  readonly deliveries: readonly Delivery[]
}

export type NewDevice = Pick<Device, 'endpoint' | 'p256dh' | 'auth' | 'label'>

export interface Notifications {
  readonly of: (approver: Approver) => Promise<Reached>
  readonly save: (approver: Approver, wishes: Wishes) => Promise<Result<true>>
  readonly addDevice: (approver: Approver, device: NewDevice) => Promise<Result<Device>>
  readonly removeDevice: (approver: Approver, id: string) => Promise<Result<true>>
  /** Writes a confirmation to the address; it is used once its link was followed. Null forgets the one there is. */
  readonly setMail: (approver: Approver, address: string | null) => Promise<Result<true>>
  /** `expiresAt.proof`, as the link carries it. */
  readonly confirmMail: (approver: Approver, secret: string) => Promise<Result<true>>
  /** Sends a test to all of their channels; resolves to how many messages that is. */
  readonly test: (approver: Approver) => Promise<Result<number>>
  readonly webhooks: () => Promise<readonly Webhook[]>
  /** `whpk_…`: what receivers check signatures with. */
  readonly webhookKey: string
  readonly removeWebhook: (by: Caller | Approver, id: string) => Promise<Result<true>>
  /** Sends a test to every endpoint. */
  readonly testWebhooks: () => Promise<number>
  /** The latest deliveries, of one recipient where given. */
  readonly deliveries: (recipient: string | null) => Promise<readonly Delivery[]>
  readonly replay: (id: string) => Promise<Result<true>>
}
