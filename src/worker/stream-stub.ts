/** Calls to the Durable Object that holds the executors' streams. SPEC 9. */
import type { Listener } from '../authority/stop/stream.ts'
import type { Bindings } from './bindings.ts'

/** URLs within the object: they cannot be called from outside. */
export const STOPPED = 'https://feed/stopped'
const STREAM = 'https://feed/stream'

/** The listener's stream; null where the object has too many of this executor. */
export async function streamFromObject(bindings: Bindings, listener: Listener): Promise<Response | null> {
  const answer = await objectOf(bindings).fetch(STREAM, { headers: { listener: JSON.stringify(listener) } })
  return answer.status === 429 ? null : answer
}

/** Makes the object look for stops at once. Ignores failures, since it polls anyway. */
export async function announceStop(bindings: Bindings): Promise<void> {
  await objectOf(bindings)
    .fetch(STOPPED)
    .catch(() => {})
}

function objectOf({ FEED }: Bindings) {
  if (FEED === undefined) throw new TypeError('FEED: missing; bind the Durable Object as wrangler.toml does')
  return FEED.get(FEED.idFromName('feed'))
}
