/**
 * How a Worker reaches the one object that holds the executors' streams.
 *
 * In: who listens, already let in; or that something was stopped. Out: their stream. SPEC 9, 13.
 */
import type { Listener } from '../authority/stop/stream.ts'
import type { Bindings } from './bindings.ts'

/** The addresses of an object are its own: nobody calls them from outside. */
export const WORD = 'https://feed/stopped'
const STREAM = 'https://feed/stream'

/** The stream of the one object; null where it has too many of this executor. */
export async function streamFromObject(bindings: Bindings, listener: Listener): Promise<Response | null> {
  const answer = await objectOf(bindings).fetch(STREAM, { headers: { listener: JSON.stringify(listener) } })
  return answer.status === 429 ? null : answer
}

/** Has the object read at once, after a call that may have stopped something. Fails quietly: it reads anyway. */
export async function tellOfStop(bindings: Bindings): Promise<void> {
  await objectOf(bindings)
    .fetch(WORD)
    .catch(() => {})
}

function objectOf({ FEED }: Bindings) {
  if (FEED === undefined) throw new TypeError('FEED: missing; bind the Durable Object as wrangler.toml does')
  return FEED.get(FEED.idFromName('feed'))
}
