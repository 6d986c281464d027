/**
 * A long look: looks again at each wake-up until there is something new, the time is up or the caller is gone.
 *
 * Listens first and looks second, so that a change in between wakes it. It is only as current as its wake-ups.
 */
import type { Deps } from '../deps.ts'

interface Wait {
  readonly topic: string
  readonly timeoutMs: number
  /** Looks again after this time without a wake-up, for changes that nobody announces. */
  readonly lookAgainMs?: number
  readonly signal?: AbortSignal | undefined
}

export async function lookUntil<T>(
  { events }: Pick<Deps, 'events'>,
  { topic, timeoutMs, lookAgainMs = timeoutMs, signal }: Wait,
  look: () => Promise<T>,
  isEnough: (seen: T) => boolean,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const leftMs = deadline - performance.now()
    const woken = events.waitFor(topic, Math.min(Math.max(0, leftMs), lookAgainMs), signal)
    const seen = await look()
    if (isEnough(seen) || leftMs <= 0 || signal?.aborted) return seen
    await woken
  }
}
