/**
 * Wakes those who wait for something to change: a request, an inbox.
 *
 * In: announcements of topics, from this process or another. Out: `waitFor`, which resolves at the next one.
 * A wake-up is only a hint to look again; who misses one looks again when the time is up.
 */

export interface WakeUps {
  readonly announce: (topic: string) => void
  /** Resolves at the next announcement of `topic`, after `timeoutMs`, or when `signal` aborts; never rejects. */
  readonly waitFor: (topic: string, timeoutMs: number, signal?: AbortSignal) => Promise<void>
}

/** The topic that wakes everyone: anything may have happened. */
const EVERYTHING = '*'

/** `lookAgainMs`: where announcements may not arrive (a runtime without LISTEN), how often to look anyway. */
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
        const those = waiting.get(topic) ?? new Set()
        const done = () => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', done)
          those.delete(done)
          if (those.size === 0) waiting.delete(topic)
          resolve()
        }
        const timer = setTimeout(done, Math.min(timeoutMs, lookAgainMs))
        signal?.addEventListener('abort', done)
        waiting.set(topic, those.add(done))
      })
    },
  }
}
