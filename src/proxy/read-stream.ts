/** Reads a body whole, and no further than its limit. Events cost half of what an iterator does. */
import type { IncomingMessage } from 'node:http'
import { finished } from 'node:stream'

/** A body that is longer than allowed. The rest of it is left unread. */
export class TooLong extends Error {
  override readonly name = 'TooLong'
}

/** Rejects with `TooLong`, and with the error of a connection that broke off. */
export function readStream(stream: IncomingMessage, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let length = 0
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= maxBytes) return void chunks.push(chunk)
      stream.removeAllListeners('data').pause()
      reject(new TooLong(`more than ${maxBytes} bytes`))
    })
    finished(stream, { writable: false }, (error) =>
      error ? reject(error) : resolve(Uint8Array.from(Buffer.concat(chunks))),
    )
  })
}
