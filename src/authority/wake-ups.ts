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
  const waiting = new Map<string, Set<(isAnnounced: boolean) => void>>()
  const hearers = new Set<readonly [start: string, hearer: (news: string) => void]>()
  const held = new Map<string, number>()

  function wake(topic: string, isAnnounced: boolean): void {
    for (const resolve of [...(waiting.get(topic) ?? [])]) resolve(isAnnounced)
  }

  return {
    announce(topic) {
      for (const [start, hearer] of hearers) if (topic.startsWith(start)) hearer(topic.slice(start.length))
      if (topic !== EVERYTHING) return wake(topic, true)
      for (const known of [...waiting.keys()]) wake(known, false)
    },
    waitFor(topic, timeoutMs, signal) {
      if (timeoutMs <= 0 || signal?.aborted) return Promise.resolve(false)
      return new Promise((resolve) => {
        const waiters = waiting.get(topic) ?? new Set()
        const done = (isAnnounced: boolean) => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', over)
          waiters.delete(done)
          if (waiters.size === 0) waiting.delete(topic)
          resolve(isAnnounced)
        }
        const over = () => done(false)
        const timer = setTimeout(over, Math.min(timeoutMs, lookAgainMs))
        signal?.addEventListener('abort', over)
        waiting.set(topic, waiters.add(done))
      })
    },
    hear(topic, hearer) {
      const entry = [`${topic} `, hearer] as const
      hearers.add(entry)
      return () => void hearers.delete(entry)
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

/** `look` is told whether the topic itself was announced: what it waits for has happened, then. */
export async function lookUntil<T>(
  { events }: Pick<Deps, 'events'>,
  { waiter, topic, timeoutMs, lookAgainMs = timeoutMs, signal }: Wait,
  look: (isAnnounced: boolean) => Promise<T>,
  isEnough: (seen: T) => boolean,
): Promise<T> {
  const release = timeoutMs > 0 ? events.hold(waiter) : null
  const deadline = performance.now() + (release ? timeoutMs : 0)
  try {
    for (let isAnnounced = false; ; ) {
      const leftMs = deadline - performance.now()
      const woken = events.waitFor(topic, Math.min(Math.max(0, leftMs), lookAgainMs), signal)
      const seen = await look(isAnnounced)
      if (isEnough(seen) || leftMs <= 0) return seen
      isAnnounced = await woken
      // Nobody reads the answer any more.
      if (signal?.aborted) return seen
    }
  } finally {
    release?.()
  }
}
