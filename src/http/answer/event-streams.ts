/**
 * Streams of server-sent events, each as long as a long poll.
 *
 * One may end at any time: after a minute, so that the caller is authenticated anew, and when its reader does not read.
 * A reader that reconnects resumes by the ids of the events. WHATWG HTML 9.2.
 */
import { createAtOnce } from './at-once.ts'

/** A browser has six connections to an origin for all its pages together. */
const MAX_OPEN = 4
const LIFE_MS = 55_000
/** The time a piece may lie unread; there is never more than one. */
const UNREAD_MS = 20_000
const RETRY_MS = 1000

export interface Reader {
  readonly id: string
  /** Asked before each piece, so that access which ends ends the stream, too. */
  readonly isStillIn: () => Promise<boolean>
}

interface EventStreams {
  /** The stream of one reader; null where that reader has too many open in this process. */
  readonly open: (reader: Reader, read: (signal: AbortSignal) => AsyncGenerator<string>) => EventStream | null
}

export type EventStream = ReadableStream<Uint8Array>

export const EVENT_STREAM_HEADERS = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' } as const

export function createEventStreams(): EventStreams {
  const atOnce = createAtOnce(MAX_OPEN)
  return {
    open(reader, read) {
      const closed = atOnce.enter(reader.id)
      return closed && streamOf(reader, read, closed)
    },
  }
}

/** A pull stream: nothing is read from the database before a reader takes it. */
function streamOf(
  { isStillIn }: Reader,
  read: (signal: AbortSignal) => AsyncGenerator<string>,
  closed: () => void,
): EventStream {
  const ending = new AbortController()
  const pieces = read(ending.signal)
  const encoder = new TextEncoder()
  const life = setTimeout(() => ending.abort(), LIFE_MS)
  let unread: ReturnType<typeof setTimeout> | undefined

  ending.signal.addEventListener('abort', () => {
    clearTimeout(life)
    clearTimeout(unread)
    closed()
  })
  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`)),
    async pull(controller) {
      clearTimeout(unread)
      const piece = ending.signal.aborted ? undefined : await pieces.next().catch(failed)
      const isOver = piece === undefined || piece.done === true || !(await isStillIn().catch(() => false))
      if (ending.signal.aborted || isOver) {
        ending.abort()
        return controller.close()
      }
      controller.enqueue(encoder.encode(piece.value))
      unread = setTimeout(() => ending.abort(), UNREAD_MS)
    },
    cancel: () => ending.abort(),
  })
}

/** Any failure ends the stream; a reader that reconnects gets the reason as its refusal. */
const failed = (): undefined => undefined
