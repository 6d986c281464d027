/**
 * All channels, by name. A new one needs a row here, its file, and its name in `domain/notify/channels.ts`.
 */
import type { Channel } from '../../../domain/notify/channels.ts'
import type { DeliveryChannel } from './channel.ts'
import { mailChannel } from './mail-channel.ts'
import { pushChannel } from './push-channel.ts'
import { webhookChannel } from './webhook-channel.ts'

export const channelTable: { readonly [Name in Channel]: DeliveryChannel<Name> } = {
  push: pushChannel,
  mail: mailChannel,
  webhook: webhookChannel,
}
