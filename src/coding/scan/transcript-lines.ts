/** The lines of a transcript, one after another; a document with the ending `.json` is one. What is too long is never held whole. */
import { createReadStream } from 'node:fs'

/** Characters. */
const MAX_LINE = 8 * 1024 * 1024

/** Undefined in place of a line of more than 8 MiB. Rejects where the file cannot be read. */
export async function* linesOf(path: string): AsyncGenerator<string | undefined> {
  const breaks = path.endsWith('.jsonl') ? /\r?\n/ : undefined
  let [rest, isTooLong] = ['', false]
  for await (const part of createReadStream(path, { encoding: 'utf8' })) {
    const [first = '', ...more]: readonly string[] = breaks ? String(part).split(breaks) : [String(part)]
    if (!isTooLong) rest += first
    if (rest.length > MAX_LINE) [rest, isTooLong] = ['', true]
    if (more.length === 0) continue
    yield* line(rest, isTooLong)
    isTooLong = false
    rest = more.pop() ?? ''
    for (const whole of more) yield* line(whole, false)
  }
  yield* line(rest, isTooLong)
}

function* line(text: string, isTooLong: boolean): Generator<string | undefined> {
  if (isTooLong) yield undefined
  else if (text.trim() !== '') yield text
}
