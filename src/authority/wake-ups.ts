/**
 * Wake-ups for callers that wait for a change. A wake-up is only a hint to look again; a caller that misses one looks
 * again when its time is up.
 */
import type { Deps, Events } from './deps.ts'

export interface WakeUps extends Events {
  readonly announce: (topic: string) => void
}

/** Wakes all topics: anything may have happened. */
const EVERYTHING = '*'

/** `lookAgainMs`: the longest wait in runtimes without LISTEN, where announcements may not arrive. */
export function createWakeUps(lookAgainMs = Number.POSITIVE_INFINITY): WakeUps {
  const waiting = new Map<string, Set<() => void>>()

  function wake(topic: string): void {
    for (const resolve of [...(waiting.get(topic) ?? [])]) resolve()
  }

  return {
    announce(topic) {
      if (topic !== EVERYTHING) return wake(topic)
      for (const known of [...waiting.keys()]) wake(known)
    },
    waitFor(topic, timeoutMs, signal) {
      if (timeoutMs <= 0 || signal?.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const waiters = waiting.get(topic) ?? new Set()
        const done = () => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', done)
          waiters.delete(done)
          if (waiters.size === 0) waiting.delete(topic)
          resolve()
        }
        const timer = setTimeout(done, Math.min(timeoutMs, lookAgainMs))
        signal?.addEventListener('abort', done)
        waiting.set(topic, waiters.add(done))
      })
    },
  }
}

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
