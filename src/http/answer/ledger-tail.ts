/**
 * The tail of the ledger as server-sent events: entries as they become provable.
 *
 * `entry` has an entry as the endpoints give it, and its leaf index as the id; `position` says how far the log has come
 * and how many entries wait for their proof. A reader that resumes with Last-Event-ID misses nothing. SPEC 8.
 */
import { entryView } from '../../api/ledger/ledger-shapes.ts'
import type { TailChunk } from '../../authority/reading/entry-tail.ts'
import { eventText } from '../../domain/server-event.ts'
import { createEventStreams, type EventStream, type Reader } from './event-streams.ts'

interface Tails {
  /** The stream of one reader; null for one who has too many open, in this process. */
  readonly open: (reader: Reader, read: (signal: AbortSignal) => AsyncGenerator<TailChunk>) => EventStream | null
}

export function createTails(): Tails {
  const streams = createEventStreams()
  return {
    open: (reader, read) =>
      streams.open(reader, async function* (signal) {
        for await (const piece of read(signal)) yield eventsOf(piece)
      }),
  }
}

/** Before the first entry there is no position to resume from. */
function eventsOf({ entries, position, unproved }: TailChunk): string {
  const found = entries.map((entry) => eventText('entry', entryView(entry), entry.index))
  const place = position < 0 ? undefined : position
  return [...found, eventText('position', { size: position + 1, unproved }, place)].join('')
}
