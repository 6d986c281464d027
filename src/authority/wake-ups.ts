/**
 * Wake-ups for callers that wait for a change of a request or an inbox.
 *
 * In: announcements of topics, from this process or another. Out: `waitFor`, which resolves at the next announcement. A
 * wake-up is only a hint to look again; a caller that misses one looks again when its time is up.
 */

export interface WakeUps {
  readonly announce: (topic: string) => void
  /** Resolves at the next announcement of `topic`, after `timeoutMs`, or when `signal` aborts; never rejects. */
  readonly waitFor: (topic: string, timeoutMs: number, signal?: AbortSignal) => Promise<void>
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
