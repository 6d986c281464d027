/**
 * One attempt to deliver, over the delivery's channel.
 *
 * In: a leased delivery, the transports. Out: delivered, failed for good, or to be tried again. Never throws for the
 * behaviour of a receiver.
 */
import type { Attempt, LeasedDelivery } from '../../domain/notify/delivery.ts'
import { channelTable } from './channels/channel-table.ts'
import { MailRefused, TargetRefused, type Transports } from './transports.ts'

export async function deliver(delivery: LeasedDelivery, transports: Transports, now: number): Promise<Attempt> {
  try {
    return await channelTable[delivery.channel].send(delivery, transports, now)
  } catch (error) {
    if (error instanceof TargetRefused || error instanceof MailRefused) {
      return { result: 'failed', problem: error.message }
    }
    return { result: 'again', problem: `It could not be reached: ${codeOf(error)}.` }
  }
}

/** The code, not the message: a message may quote the receiver or an address. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
