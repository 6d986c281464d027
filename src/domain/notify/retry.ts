/**
 * When to try again: exponential back-off with jitter, so that what failed together does not return together.
 *
 * In: how many attempts failed, what the receiver asked for, randomness. Out: seconds to wait, or that it is enough.
 * Eight attempts within some eight hours.
 */

export const MAX_ATTEMPTS = 8
const FIRST_SECONDS = 5
const FACTOR = 4
const MOST_SECONDS = 6 * 3600

/** Null after the last attempt. `random`: from 0 to 1. Waits at least `afterSeconds`, where the receiver said so. */
export function secondsToRetry(attempts: number, random: number, afterSeconds = 0): number | null {
  if (attempts >= MAX_ATTEMPTS) return null
  const step = Math.min(MOST_SECONDS, FIRST_SECONDS * FACTOR ** (attempts - 1))
  const waits = Math.ceil(step / 2 + (random * step) / 2)
  return Math.max(waits, Math.min(afterSeconds, MOST_SECONDS))
}
