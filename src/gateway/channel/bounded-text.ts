/** The body of a response as text. Throws `RangeError` where it is larger. */
export async function boundedText(response: Response, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const bytes of response.body ?? []) {
    length += bytes.length
    if (length > maxBytes) throw new RangeError(`The answer has more than ${maxBytes} bytes`)
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString('utf8')
}
