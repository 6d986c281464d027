/**
 * The executors' event stream over HTTP.
 *
 * Runtimes differ in how they write to a reader, so that is passed in. WHATWG HTML 9.2; SPEC 9.
 */
import type { Context } from 'hono'
import type { Services } from '../../authority/compose.ts'
import type { Listener, Sink, StopStream } from '../../authority/stop/stream.ts'
import { problemResponse } from '../answer/problem-response.ts'
import { lastEventId } from '../call/call-headers.ts'
import type { Router } from '../call/router.ts'

/** Answers with the stream; null for an executor that has too many open. */
export type OpenStream = (context: Context, listener: Listener) => Promise<Response | null>

/** No proxy may keep or delay the stream: readers refuse late events. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
} as const

/** The most that may lie unread. A reader further behind is disconnected, and starts anew with the state of then. */
export const MAX_UNREAD_BYTES = 1_048_576

const TOO_MANY = {
  code: 'rate_limited',
  message: 'Too many streams are open for this executor. Close one, or have its processes share one.',
  retryAfterSeconds: 60,
} as const

export function serveStream(router: Router, { config, stream }: Services, openStream?: OpenStream): void {
  const open = openStream ?? (async (_, listener) => streamFrom(stream, listener))
  router.serveRaw('executorEvents', async ({ context, caller }) => {
    const last = lastEventId(context)
    if (!last.ok) return problemResponse(config.origin, last.refusal)
    const { executor, credentialId } = caller
    const answer = await open(context, { executor: executor.audience, credentialId, lastEventId: last.value })
    return answer ?? problemResponse(config.origin, TOO_MANY)
  })
}

/** The stream as the web platform has it, for any runtime. */
export function streamFrom(stream: StopStream, listener: Listener): Response | null {
  let stop: (() => void) | null = null
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given
      },
      cancel: () => stop?.(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: MAX_UNREAD_BYTES }),
  )
  const sink: Sink = {
    write: (text) => {
      // Other connections send the same bytes, and a runtime may take those that it is given.
      controller?.enqueue(text.slice())
      return (controller?.desiredSize ?? 0) > 0
    },
    lagMs: () => 0,
    end: () => {
      try {
        controller?.close()
      } catch {
        // The reader hung up.
      }
    },
  }
  stop = stream.open(listener, sink)
  return stop === null ? null : new Response(body, { headers: STREAM_HEADERS })
}
