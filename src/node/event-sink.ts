/**
 * The event stream written straight to Node's response. A web stream in between would cost several times as much for
 * each heartbeat, and a thousand executors get one a second each.
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

/** The end of the connection ends the stream. Chunks would make four pieces of each. RFC 9112 6.3. */
function begin(outgoing: ServerResponse): void {
  outgoing.removeHeader('transfer-encoding')
  outgoing.writeHead(200, { ...STREAM_HEADERS, connection: 'close' })
}

function sinkOf(outgoing: ServerResponse): Sink {
  let takenAt = performance.now()
  return {
    write: (text) => {
      if (!outgoing.headersSent) begin(outgoing)
      if (outgoing.writableLength === 0) takenAt = performance.now()
      return outgoing.write(text) || (!outgoing.destroyed && outgoing.writableLength < MAX_UNREAD_BYTES)
    },
    lagMs: () => (outgoing.writableLength === 0 ? 0 : Math.round(performance.now() - takenAt)),
    end: () => {
      outgoing.end()
      // A reader that does not take the rest is cut off.
      if (outgoing.writableLength > 0) outgoing.destroy()
    },
  }
}
