/**
 * The event stream written straight to Node's response.
 *
 * In: a call, who listens, the feed. Out: an answer that is already on its way. A web stream in between costs several
 * times as much a heartbeat, and there is one a second for each of a thousand executors.
 */
import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Listener, Sink, StopStream } from '../authority/stop/stream.ts'
import { MAX_UNREAD_BYTES, type OpenStream, STREAM_HEADERS } from '../http/routes/stream-routes.ts'

export async function streamToNode(
  { env }: Parameters<OpenStream>[0],
  listener: Listener,
  feed: StopStream,
): Promise<Response | null> {
  const { outgoing }: { readonly outgoing: ServerResponse } = env
  const stop = feed.open(listener, sinkOf(outgoing))
  if (stop === null) return null
  outgoing.on('close', stop)
  return RESPONSE_ALREADY_SENT
}

function sinkOf(outgoing: ServerResponse): Sink {
  let takenAt = performance.now()
  return {
    write: (text) => {
      if (!outgoing.headersSent) outgoing.writeHead(200, STREAM_HEADERS)
      if (outgoing.writableLength === 0) takenAt = performance.now()
      outgoing.write(text)
      return !outgoing.destroyed && outgoing.writableLength < MAX_UNREAD_BYTES
    },
    lagMs: () => (outgoing.writableLength === 0 ? 0 : Math.round(performance.now() - takenAt)),
    end: () => {
      outgoing.end()
      // Who does not take the rest is not waited for.
      if (outgoing.writableLength > 0) outgoing.destroy()
    },
  }
}
