/**
 * One attempt to deliver, over the delivery's channel. Never throws for the behaviour of a receiver. A new channel
 * needs a row in the table here, its file, and its name in `domain/notify/channels.ts`.
 */
import type { Channel } from '../../domain/notify/channels.ts'
import type { Attempt, LeasedDelivery } from '../../domain/notify/delivery.ts'
import type { DeliveryChannel } from './channels/channel.ts'
import { mailChannel } from './channels/mail-channel.ts'
import { pushChannel } from './channels/push-channel.ts'
import { webhookChannel } from './channels/webhook-channel.ts'
import { codeOf, MailRefused, TargetRefused, type Transports } from './transports.ts'

export const channelTable: { readonly [Name in Channel]: DeliveryChannel<Name> } = {
  push: pushChannel,
  mail: mailChannel,
  webhook: webhookChannel,
}

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
