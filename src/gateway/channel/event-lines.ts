/** Server-sent events of a response, as far as MCP uses them: the data and the id of each event. */
import { createLineReader } from './line-reader.ts'

export interface StreamEvent {
  readonly data: string
  readonly id: string | undefined
}

/** Rejects where the body breaks, or holds an event of more than 8 MiB. */
export async function readEvents(body: ReadableStream<Uint8Array>, event: (one: StreamEvent) => void): Promise<void> {
  let data: string[] = []
  let id: string | undefined
  let isTooLong = false
  const line = (text: string) => {
    if (text === '') {
      if (data.length > 0) event({ data: data.join('\n'), id })
      data = []
    }
    const [, field, value = ''] = /^(data|id):? ?(.*)$/s.exec(text) ?? []
    if (field === 'data') data.push(value)
    if (field === 'id') id = value
  }
  const reader = createLineReader(line, () => {
    isTooLong = true
  })
  for await (const bytes of body) {
    reader.take(bytes)
    if (isTooLong) throw new RangeError('An event is larger than 8 MiB')
  }
}
