/** Splits bytes into lines of UTF-8, and holds no more of them than one message may have, and its agent has room for. */
import { StringDecoder } from 'node:string_decoder'
import type { Unreadable } from '../message/json-rpc.ts'
import { createPartialMessage } from './partial-message.ts'
import type { Room } from './room.ts'

export interface LineReader {
  readonly take: (bytes: Uint8Array) => void
  /** Nothing comes any more: a line that has not ended is none. */
  readonly end: () => void
}

export interface Lines {
  /** Without white space around it. */
  readonly line: (text: string) => void
  /** A line that was not kept has ended. */
  readonly skipped: (fault: Unreadable) => void
}

export function createLineReader({ line, skipped }: Lines, room: Room): LineReader {
  const decoder = new StringDecoder('utf8')
  const partial = createPartialMessage(room)

  function endLine(): void {
    const ended = partial.end()
    if (typeof ended === 'string') line(ended.trim())
    else skipped(ended)
  }

  return {
    take(bytes) {
      const [first = '', ...others] = decoder.write(Buffer.from(bytes)).split('\n')
      partial.add(first)
      for (const part of others) {
        endLine()
        partial.add(part)
      }
    },
    end: () => void partial.end(),
  }
}
