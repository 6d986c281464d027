/** Reads a stream of bytes whole, up to a limit. */
import type { Bytes } from './bytes.ts'

/** Reads a stream to its end. Throws `RangeError` as soon as it holds more than `maxBytes`. */
export async function readBytes(stream: ReadableStream<Bytes> | null, maxBytes: number): Promise<Bytes> {
  const chunks: Bytes[] = []
  const reader = stream?.getReader()
  let length = 0
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    length += next.value.length
    if (length > maxBytes) {
      await reader?.cancel()
      throw new RangeError(`more than ${maxBytes} bytes`)
    }
    chunks.push(next.value)
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}
