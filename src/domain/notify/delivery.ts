/**
 * One message on its way to one device, mailbox or endpoint; kept afterwards as the delivery log.
 *
 * Types only. A message says who asks, what the action is called, how risky it is and where to look: no argument, no
 * payload, no token. Its text is made where it is sent. SPEC 3.
 */
import type { Effect, NoticeKind, Webhook } from '../identity/parties.ts'

export const CHANNELS = ['push', 'mail', 'webhook'] as const
export type Channel = (typeof CHANNELS)[number]
export type DeliveryState = 'waiting' | 'delivered' | 'failed'

export interface Asked {
  readonly agent: string
  readonly audience: string
  readonly name: string
  readonly effect: Effect
  readonly reversible: boolean
  readonly expiresAt: number
}

/** `confirm`: proves that an address is somebody's own. `test`: what a test button sends. */
export type Message =
  | {
      readonly kind: Exclude<NoticeKind, 'killswitch.engaged'>
      readonly subjects: readonly string[]
      readonly asked: Asked
    }
  | { readonly kind: 'killswitch.engaged'; readonly subjects: readonly string[] }
  | { readonly kind: 'test'; readonly subjects: readonly [] }
  | { readonly kind: 'confirm'; readonly subjects: readonly []; readonly expiresAt: number }

export interface NewDelivery {
  /** Stays the same however often it is sent: receivers know a repetition by it. */
  readonly id: string
  readonly channel: Channel
  /** A person, or a webhook. */
  readonly recipient: string
  /** A device of theirs, or the recipient itself. */
  readonly target: string
  readonly message: Message
}

export interface Delivery extends NewDelivery {
  readonly createdAt: number
  readonly dueAt: number
  readonly attempts: number
  readonly state: DeliveryState
  readonly endedAt: number | null
  /** Why the last attempt failed. */
  readonly problem: string | null
}

export interface Device {
  readonly id: string
  readonly approver: string
  readonly endpoint: string
  /** The browser's public key and secret, base64url, RFC 8291. */
  readonly p256dh: string
  readonly auth: string
  readonly label: string
  readonly createdAt: number
}

/** A delivery that was taken, with where it goes as of now; null where that is gone, or not confirmed and has to be. */
export type Taken = Delivery & {
  readonly device: Device | null
  readonly mail: string | null
  readonly webhook: Webhook | null
}

/** What came of an attempt. `gone`: this address will never work again. */
export type Attempt =
  | { readonly result: 'delivered' }
  | { readonly result: 'failed'; readonly problem: string; readonly gone?: true }
  | { readonly result: 'again'; readonly problem: string; readonly afterSeconds?: number | undefined }
