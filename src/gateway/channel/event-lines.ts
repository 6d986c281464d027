/** Server-sent events of a response, as far as MCP uses them: the data and the id of each event. */
import type { Unreadable } from '../message/json-rpc.ts'
import { createLineReader } from './line-reader.ts'
import { createPartialMessage } from './partial-message.ts'
import type { Room } from './room.ts'

export interface StreamEvent {
  /** Of an event that was too large: why it was not kept. */
  readonly data: string | Unreadable
  readonly id: string | undefined
}

/** What a line takes beside its characters: one without data counts, too. */
const LINE_COST = 16
/** It is sent back as a header. */
const MAX_ID_LENGTH = 1024

/** Rejects where the body breaks. */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  event: (one: StreamEvent) => void,
  room: Room,
): Promise<void> {
  const partial = createPartialMessage(room)
  let lines = 0
  let id: string | undefined
  let fault: Unreadable | undefined

  function endEvent(): void {
    const data = fault ?? partial.end()
    if (lines > 0) event({ data, id })
    lines = 0
    if (fault) partial.end()
    fault = undefined
  }

  function line(text: string): void {
    if (text === '') endEvent()
    const [, field, value = ''] = /^(data|id):? ?(.*)$/s.exec(text) ?? []
    if (field === 'data') partial.add(lines++ === 0 ? value : `\n${value}`, value.length + LINE_COST)
    if (field === 'id' && value.length <= MAX_ID_LENGTH) id = value
  }

  function skipped(ofLine: Unreadable): void {
    lines++
    fault ??= ofLine
  }

  const reader = createLineReader({ line, skipped }, room)
  try {
    for await (const bytes of body) reader.take(bytes)
  } finally {
    reader.end()
    partial.end()
  }
}
