/**
 * Ends an answer, and its connection, once the request is read to its end: a client that still sends would see a broken
 * connection in place of the answer. The whole answer is sent at once, and what comes meanwhile is dropped.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { finished } from 'node:stream'

const MAX_LINGER_MS = 10_000

/** Writes the head and the body. The connection ends after some ten seconds, whether or not the client still sends. */
export function endAfterRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: { status: number; headers: Readonly<Record<string, string>>; body: string },
): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' })
  // A client that was not told to continue sends no body.
  if (request.headers.expect !== undefined && !request.readableDidRead) return void response.end(body)
  response.write(body)
  const end = () => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(end, MAX_LINGER_MS)
  finished(request, { writable: false }, end)
  request.resume()
}
