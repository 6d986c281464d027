/** Mail to a confirmed address, or to an address that awaits confirmation. Throws the mail server's error. */
import type { Attempt, LeasedDelivery } from '../../../domain/notify/delivery.ts'
import { type Text, textOf } from '../../../domain/notify/text.ts'
import type { Transports } from '../transports.ts'
import { type DeliveryChannel, GONE } from './channel.ts'

const FOOTER = 'This link opens a page and decides nothing. You are asked for your passkey there.'

export const mailChannel: DeliveryChannel<'mail'> = { name: 'mail', room: 4, send }

async function send({ id, recipient, message, mail: to }: LeasedDelivery, transports: Transports): Promise<Attempt> {
  if (!transports.mail) return { result: 'failed', problem: 'No mail server is set here.' }
  if (to === null) return GONE
  const { title, lines, link } =
    message.kind === 'confirm'
      ? await confirmationText(recipient, to, message.expiresAt, transports)
      : textOf(message, transports.origin)
  await transports.mail({ id, to, subject: title, text: [...lines, '', link, '', FOOTER, ''].join('\n') })
  return { result: 'delivered' }
}

async function confirmationText(
  approver: string,
  address: string,
  expiresAt: number,
  { keys, origin }: Transports,
): Promise<Text> {
  const proof = await keys.confirmation(approver, address, expiresAt)
  return {
    title: 'Confirm this address',
    lines: ['Somebody wants to be told at this address when a request waits. If it was not you, do nothing.'],
    link: `${origin}/notifications#${expiresAt}.${proof}`,
  }
}
