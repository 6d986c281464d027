/** Splits bytes into lines of UTF-8, and holds no more of them than one message may have. */
import { StringDecoder } from 'node:string_decoder'
import { MAX_MESSAGE_LENGTH } from '../message/json-rpc.ts'

export interface LineReader {
  readonly take: (bytes: Uint8Array) => void
}

/** `tooLong` is called once for a line, and the rest of it is skipped. Lines are without white space around them. */
export function createLineReader(line: (text: string) => void, tooLong: () => void): LineReader {
  const decoder = new StringDecoder('utf8')
  let parts: string[] = []
  let length = 0
  let isSkipped = false

  function add(part: string): void {
    if (isSkipped) return
    parts.push(part)
    length += part.length
    if (length <= MAX_MESSAGE_LENGTH) return
    isSkipped = true
    parts = []
    tooLong()
  }

  function endLine(): void {
    const text = isSkipped ? undefined : parts.join('').trim()
    parts = []
    length = 0
    isSkipped = false
    if (text !== undefined) line(text)
  }

  return {
    take(bytes) {
      const [first = '', ...others] = decoder.write(Buffer.from(bytes)).split('\n')
      add(first)
      for (const part of others) {
        endLine()
        add(part)
      }
    },
  }
}
