/**
 * A delivery: one message for one device, mailbox or endpoint; afterwards a row of the delivery log. A message names
 * the agent, the action, its risk and its page: no argument, no payload, no token. Its text is made when it is sent.
 * SPEC 3.
 */
import type { AlarmKind, Effect, NoticeKind, Webhook } from '../identity/parties.ts'
import type { Channel } from './channels.ts'

export type DeliveryState = 'waiting' | 'delivered' | 'failed'

export interface RequestSummary {
  readonly agent: string
  readonly audience: string
  readonly name: string
  readonly effect: Effect
  /** Null where the catalogue does not state it. */
  readonly reversible: boolean | null
  readonly expiresAt: number
  /** The executor's report, of `outcome.reported`. */
  readonly outcome?: 'succeeded' | 'failed' | 'aborted' | 'indeterminate' | undefined
}

/** `confirm` proves that an address belongs to the person; `test` comes from a test button. */
export type Message =
  | {
      readonly kind: Exclude<NoticeKind, AlarmKind>
      readonly subjects: readonly string[]
      readonly asked: RequestSummary
    }
  | { readonly kind: AlarmKind; readonly subjects: readonly string[] }
  | { readonly kind: 'test'; readonly subjects: readonly [] }
  | { readonly kind: 'confirm'; readonly subjects: readonly []; readonly expiresAt: number }

export interface NewDelivery {
  /** The same for every attempt: receivers recognise a repetition by it. */
  readonly id: string
  readonly channel: Channel
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

/** A delivery leased to this process, with its current address; null where that is gone or unconfirmed. */
export type LeasedDelivery = Delivery & {
  readonly device: Device | null
  readonly mail: string | null
  readonly webhook: Webhook | null
}

/** The result of an attempt. `gone`: this address will never work again. */
export type Attempt =
  | { readonly result: 'delivered' }
  | { readonly result: 'failed'; readonly problem: string; readonly gone?: true }
  | { readonly result: 'again'; readonly problem: string; readonly afterSeconds?: number | undefined }

/** The result as it is stored: `again` with the instant of the next attempt. */
export type DeliveryResult =
  | Extract<Attempt, { readonly result: 'delivered' | 'failed' }>
  | { readonly result: 'again'; readonly problem: string; readonly at: number }

export const MAX_ATTEMPTS = 8
const FIRST_SECONDS = 5
const FACTOR = 4
const MOST_SECONDS = 6 * 3600

/** Null after the last attempt. `random`: from 0 to 1. `afterSeconds`: the least wait that the receiver asked for. */
export function secondsToRetry(attempts: number, random: number, afterSeconds = 0): number | null {
  if (attempts >= MAX_ATTEMPTS) return null
  const step = Math.min(MOST_SECONDS, FIRST_SECONDS * FACTOR ** (attempts - 1))
  const waits = Math.ceil(step / 2 + (random * step) / 2)
  return Math.max(waits, Math.min(afterSeconds, MOST_SECONDS))
}
