/**
 * Retries: exponential back-off with jitter, so that deliveries that failed together do not return together.
 *
 * In: the number of failed attempts, the receiver's Retry-After, randomness. Out: seconds to wait, or null after the
 * last of eight attempts within some eight hours.
 */

export const MAX_ATTEMPTS = 8
const FIRST_SECONDS = 5
const FACTOR = 4
const MOST_SECONDS = 6 * 3600

/** Null after the last attempt. `random`: from 0 to 1. `afterSeconds`: the least wait that the receiver asked for. */
export function secondsToRetry(attempts: number, random: number, afterSeconds = 0): number | null {
  if (attempts >= MAX_ATTEMPTS) return null
  const step = Math.min(MOST_SECONDS, FIRST_SECONDS * FACTOR ** (attempts - 1))
  const waits = Math.ceil(step / 2 + (random * step) / 2)
  return Math.max(waits, Math.min(afterSeconds, MOST_SECONDS))
}
