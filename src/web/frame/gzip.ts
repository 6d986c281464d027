/**
 * Compresses pages on their way out, and says who takes compressed answers.
 *
 * The texts of several parties stand on one page, and an observer of the connection sees its length. A name of random
 * length in the header hides the few bytes by which a guess would shorten the page ("Heal the Breach", 2022).
 * RFC 1952, section 2.3.
 */
import type { Context } from 'hono'

/** RFC 9110, section 12.5.3; `*` alone counts as no. */
export const acceptsGzip = (c: Context): boolean =>
  /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(c.req.header('Accept-Encoding') ?? '')

/** Compresses a short page at once: gzip, with a header of ten bytes. */
export type Gzip = (page: Uint8Array) => Uint8Array<ArrayBuffer>

/** A stream costs a short page more than its compression. */
export const gzipShort = (page: Uint8Array, gzip: Gzip): Uint8Array<ArrayBuffer> => withName(gzip(page))

export function gzipLong(page: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array> {
  let isFirst = true
  const naming = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      controller.enqueue(isFirst ? withName(piece) : piece)
      isFirst = false
    },
  })
  return page.pipeThrough(new CompressionStream('gzip')).pipeThrough(naming)
}

const HEADER_LENGTH = 10
const FLAGS_AT = 3
const FNAME = 0x08
const MAX_NAME = 128

function withName(piece: Uint8Array): Uint8Array<ArrayBuffer> {
  if (piece.length < HEADER_LENGTH) throw new TypeError('The header of gzip came in part')
  const [random = 0] = crypto.getRandomValues(new Uint8Array(1))
  const name = new Uint8Array((random % MAX_NAME) + 1).fill('a'.charCodeAt(0))
  name[name.length - 1] = 0
  const named = new Uint8Array(piece.length + name.length)
  named.set(piece.subarray(0, HEADER_LENGTH))
  named[FLAGS_AT] = FNAME
  named.set(name, HEADER_LENGTH)
  named.set(piece.subarray(HEADER_LENGTH), HEADER_LENGTH + name.length)
  return named
}
