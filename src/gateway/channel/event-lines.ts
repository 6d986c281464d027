/** Server-sent events of a response, as far as MCP uses them: the data and the id of each event. */
import { MAX_MESSAGE_LENGTH } from '../message/json-rpc.ts'
import { createLineReader } from './line-reader.ts'

export interface StreamEvent {
  readonly data: string
  readonly id: string | undefined
}

/** What a line takes beside its characters: one without data counts, too. */
const LINE_COST = 16
/** It is sent back as a header. */
const MAX_ID_LENGTH = 1024

/** Rejects where the body breaks, or holds an event of more than 8 MiB. */
export async function readEvents(body: ReadableStream<Uint8Array>, event: (one: StreamEvent) => void): Promise<void> {
  let data: string[] = []
  let length = 0
  let id: string | undefined
  let isTooLong = false
  const add = (value: string) => {
    length += value.length + LINE_COST
    isTooLong ||= length > MAX_MESSAGE_LENGTH
    if (!isTooLong) data.push(value)
  }
  const line = (text: string) => {
    if (text === '') {
      if (data.length > 0 && !isTooLong) event({ data: data.join('\n'), id })
      data = []
      length = 0
    }
    const [, field, value = ''] = /^(data|id):? ?(.*)$/s.exec(text) ?? []
    if (field === 'data') add(value)
    if (field === 'id' && value.length <= MAX_ID_LENGTH) id = value
  }
  const reader = createLineReader(line, () => {
    isTooLong = true
  })
  for await (const bytes of body) {
    reader.take(bytes)
    if (isTooLong) throw new RangeError('An event is larger than 8 MiB')
  }
}
