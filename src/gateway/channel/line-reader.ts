/** Splits bytes into lines of UTF-8, and holds no more of them than one message may have, and its agent has room for. */
import { notUtf8, type Unreadable } from '../message/json-rpc.ts'
import { createPartialMessage } from './partial-message.ts'
import type { Room } from './room.ts'
import { createUtf8 } from './utf8.ts'

export interface LineReader {
  readonly take: (bytes: Uint8Array) => void
  /** Nothing comes any more: a line that has not ended is none. */
  readonly end: () => void
}

export interface Lines {
  /** Without white space around it. */
  readonly line: (text: string) => void
  /** A line has ended that was not kept, or is no UTF-8. */
  readonly skipped: (fault: Unreadable) => void
}

const LINE_FEED = 10

export function createLineReader({ line, skipped }: Lines, room: Room): LineReader {
  const utf8 = createUtf8()
  const partial = createPartialMessage(room)

  function endLine(): void {
    const { rest, isValid } = utf8.end()
    partial.add(rest)
    const ended = partial.end()
    if (typeof ended !== 'string') skipped(ended)
    else if (isValid) line(ended.trim())
    else skipped(notUtf8(ended.trim()))
  }

  return {
    take(bytes) {
      let at = 0
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, at)) {
        partial.add(utf8.decode(bytes.subarray(at, end)))
        endLine()
        at = end + 1
      }
      partial.add(utf8.decode(bytes.subarray(at)))
    },
    end: () => void partial.end(),
  }
}
