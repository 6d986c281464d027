/**
 * One message after another, each in parts: kept up to 8 MiB and while its agent has room. Of the rest of a message that
 * is not kept only its id is read, so that whoever waits for it can be told.
 */
import { MAX_MESSAGE_LENGTH, tooLarge, tooMuchAtOnce, type Unreadable } from '../message/json-rpc.ts'
import { createLongMessage, type LongMessage } from '../message/long-message.ts'
import type { Meant } from '../message/meant-message.ts'
import type { Room } from './room.ts'

export interface PartialMessage {
  /** `size`: what it takes. */
  readonly add: (part: string, size?: number) => void
  /** Whether the message that has begun is kept so far. */
  readonly isKept: () => boolean
  /** The message is whole, and the next begins: its text, or why it was not kept. `meant`: where that is known. */
  readonly end: (meant?: Meant) => string | Unreadable
}

export function createPartialMessage(room: Room): PartialMessage {
  let parts: string[] = []
  let taken = 0
  let long: { readonly message: LongMessage; readonly fault: (meant: Meant) => Unreadable } | undefined

  function drop(): void {
    parts = []
    room.give(taken)
    taken = 0
  }

  function makeRoom(size: number): void {
    const isTooLarge = taken + size > MAX_MESSAGE_LENGTH
    if (!isTooLarge && room.take(size)) {
      taken += size
      return
    }
    long = { message: createLongMessage(), fault: isTooLarge ? tooLarge : tooMuchAtOnce }
    for (const part of parts) long.message.take(part)
    drop()
  }

  return {
    add(part, size = part.length) {
      if (!long) makeRoom(size)
      if (long) long.message.take(part)
      else parts.push(part)
    },
    isKept: () => long === undefined,
    end(meant) {
      const ended = long ? long.fault(meant ?? long.message.meant()) : parts.join('')
      long = undefined
      drop()
      return ended
    },
  }
}
