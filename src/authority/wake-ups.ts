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

/** Calls that one caller may have held at once, in this process: as many as its requests may wait. */
const MAX_HELD = 20

/** `lookAgainMs`: the longest wait in runtimes without LISTEN, where announcements may not arrive. */
export function createWakeUps(lookAgainMs = Number.POSITIVE_INFINITY): WakeUps {
  const waiting = new Map<string, Set<() => void>>()
  const held = new Map<string, number>()

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
    hold(waiter) {
      const count = held.get(waiter) ?? 0
      if (count >= MAX_HELD) return null
      held.set(waiter, count + 1)
      return () => {
        const left = (held.get(waiter) ?? 1) - 1
        if (left > 0) held.set(waiter, left)
        else held.delete(waiter)
      }
    },
  }
}

interface Wait {
  /** Whose call is held: one with too many is answered at once with what is known. */
  readonly waiter: string
  readonly topic: string
  readonly timeoutMs: number
  /** Looks again after this time without a wake-up, for changes that nobody announces. */
  readonly lookAgainMs?: number
  readonly signal?: AbortSignal | undefined
}

export async function lookUntil<T>(
  { events }: Pick<Deps, 'events'>,
  { waiter, topic, timeoutMs, lookAgainMs = timeoutMs, signal }: Wait,
  look: () => Promise<T>,
  isEnough: (seen: T) => boolean,
): Promise<T> {
  const release = timeoutMs > 0 ? events.hold(waiter) : null
  const deadline = performance.now() + (release ? timeoutMs : 0)
  try {
    for (;;) {
      const leftMs = deadline - performance.now()
      const woken = events.waitFor(topic, Math.min(Math.max(0, leftMs), lookAgainMs), signal)
      const seen = await look()
      if (isEnough(seen) || leftMs <= 0) return seen
      await woken
      // Nobody reads the answer any more.
      if (signal?.aborted) return seen
    }
  } finally {
    release?.()
  }
}
