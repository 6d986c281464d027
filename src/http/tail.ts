/**
 * The tail of the ledger as server-sent events: entries as they become provable, until the call is as old as a long poll.
 *
 * In:  pieces of the tail. Out: a stream. `entry` has an entry as the endpoints give it, and its leaf index as the id;
 * `position` says how far the log has come and how many entries wait for their proof. Whoever begins again with
 * Last-Event-ID misses nothing, so a stream may end at any time: it does after a minute, when the credential is looked
 * at anew, and for a reader who does not take what is there. Specification: WHATWG HTML 9.2; DESIGN 8.
 */
import { entryView } from '../api/ledger-views.ts'
import type { Tailed } from '../services.ts'

/** A browser has six connections to an origin for all its pages together. */
const MAX_OPEN = 4
const LIFE_MS = 55_000
/** How long a piece may lie unread; there is never more than one. */
const UNREAD_MS = 20_000
const RETRY_MS = 1000

export interface Tails {
  /** The stream of one reader; null for one who has too many open, in this process. */
  readonly open: (reader: string, read: (signal: AbortSignal) => AsyncGenerator<Tailed>) => Stream | null
}

type Stream = ReadableStream<Uint8Array>

export function createTails(): Tails {
  const counts = new Map<string, number>()
  const count = (reader: string) => counts.get(reader) ?? 0

  function closed(reader: string): void {
    if (count(reader) > 1) counts.set(reader, count(reader) - 1)
    else counts.delete(reader)
  }
  return {
    open(reader, read) {
      if (count(reader) >= MAX_OPEN) return null
      counts.set(reader, count(reader) + 1)
      return streamOf(read, () => closed(reader))
    },
  }
}

/** Pulled, never pushed: what nobody takes is not read from the database either. */
function streamOf(read: (signal: AbortSignal) => AsyncGenerator<Tailed>, closed: () => void): Stream {
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
      if (ending.signal.aborted || piece === undefined || piece.done) {
        ending.abort()
        return controller.close()
      }
      controller.enqueue(encoder.encode(eventsOf(piece.value)))
      unread = setTimeout(() => ending.abort(), UNREAD_MS)
    },
    cancel: () => ending.abort(),
  })
}

/** A database that is away ends the stream, as does anything else: whoever comes again is told why. */
const failed = (): undefined => undefined

function eventsOf({ entries, position, unproved }: Tailed): string {
  const found = entries.map((entry) => event('entry', entry.index, entryView(entry)))
  return [...found, event('position', position, { size: position + 1, unproved })].join('')
}

/** Before the first entry there is no position to resume from. */
const event = (name: string, id: number, data: object): string =>
  `event: ${name}\n${id < 0 ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
