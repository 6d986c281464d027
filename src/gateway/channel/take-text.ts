/** Hands on the message that a text is, or that it is none. */
import { type Message, readMessage, Unreadable } from '../message/json-rpc.ts'
import type { Receiver } from './message-channel.ts'

export function takeText(text: string, { received, unreadable }: Pick<Receiver, 'received' | 'unreadable'>): void {
  const message = readOr(text, unreadable)
  if (message) received(message)
}

function readOr(text: string, unreadable: Receiver['unreadable']): Message | undefined {
  try {
    return readMessage(text)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    unreadable(error)
    return undefined
  }
}
