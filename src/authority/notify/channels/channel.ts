/** The interface of a channel, and the verdict on an HTTP answer that channels share. */
import type { Channel } from '../../../domain/notify/channels.ts'
import type { Attempt, LeasedDelivery } from '../../../domain/notify/delivery.ts'
import type { PostResponse, Transports } from '../transports.ts'

export interface DeliveryChannel<Name extends Channel = Channel> {
  readonly name: Name
  /** Attempts that may run at the same time in one process. */
  readonly room: number
  /** One attempt. May throw the errors of its transport. */
  readonly send: (delivery: LeasedDelivery, transports: Transports, now: number) => Promise<Attempt>
}

export const GONE: Attempt = { result: 'failed', problem: 'The address is there no more.' }

/** `final`: client errors after which another attempt is of no use. */
export function attemptOf({ status, retryAfterSeconds }: PostResponse, final: readonly number[]): Attempt {
  if (status >= 200 && status < 300) return { result: 'delivered' }
  const problem = `It answered ${status}.`
  if (status >= 300 && status < 400) return { result: 'failed', problem: `${problem} Redirects are not followed.` }
  if (final.includes(status)) return { result: 'failed', problem }
  return { result: 'again', problem, afterSeconds: retryAfterSeconds }
}
