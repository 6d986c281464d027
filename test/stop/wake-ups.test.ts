/** Wake-ups: at the announcement, at the end of the time, or when nobody waits any more. */
import { describe, expect, it, vi } from 'vitest'
import { createWakeUps, lookUntil } from '../../src/authority/wake-ups.ts'

/** Whether something has resolved by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending')
  await Promise.resolve()
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

describe('a wake-up', () => {
  it('wakes everyone who waits for its topic, and nobody else', async () => {
    const { announce, waitFor } = createWakeUps()
    const [one, two, other] = [waitFor('a', 60_000), waitFor('a', 60_000), waitFor('b', 60_000)]
    announce('a')
    expect(await isDone(one)).toBe(true)
    expect(await isDone(two)).toBe(true)
    expect(await isDone(other)).toBe(false)
    announce('*')
    expect(await isDone(other)).toBe(true)
    expect(await Promise.all([one, two, other])).toEqual([true, true, false])
  })

  it('tells the next look whether it was of the topic itself', async () => {
    const { announce, ...events } = createWakeUps()
    const told: boolean[] = []
    const topics = ['a', '*', 'b', 'a']
    await lookUntil(
      { events },
      { waiter: 'me', topic: 'a', timeoutMs: 60_000 },
      async (isAnnounced) => {
        told.push(isAnnounced)
        for (const topic of topics.splice(0, topics[0] === 'b' ? 2 : 1)) announce(topic)
      },
      () => told.length === 4,
    )
    expect(told).toEqual([false, true, false, true])
  })

  it('comes when the time is up', async () => {
    vi.useFakeTimers()
    try {
      const { waitFor } = createWakeUps()
      const waiting = waitFor('a', 1000)
      await vi.advanceTimersByTimeAsync(999)
      expect(await isDone(waiting)).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect(await isDone(waiting)).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  it('comes to look again, where announcements may not arrive', async () => {
    vi.useFakeTimers()
    try {
      const waiting = createWakeUps(500).waitFor('a', 60_000)
      await vi.advanceTimersByTimeAsync(500)
      expect(await isDone(waiting)).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  it('comes with the signal, and leaves nothing behind', async () => {
    const { waitFor, announce } = createWakeUps()
    const stop = new AbortController()
    const waiting = waitFor('a', 60_000, stop.signal)
    stop.abort()
    expect(await isDone(waiting)).toBe(true)
    expect(await isDone(waitFor('a', 60_000, stop.signal))).toBe(true)
    expect(await isDone(waitFor('a', 0))).toBe(true)
    expect(() => announce('a')).not.toThrow()
  })
})

describe('a caller that waits', () => {
  const wait = { waiter: 'a', topic: 'a', timeoutMs: 60_000 }

  it('has few calls held at once: the next is answered with what is known', async () => {
    const events = createWakeUps()
    const never = () => false
    const held = Array.from({ length: 20 }, () => lookUntil({ events }, wait, async () => 'held', never))
    expect(await lookUntil({ events }, wait, async () => 'known', never)).toBe('known')
    const other = lookUntil({ events }, { ...wait, waiter: 'b' }, async () => 'other', never)
    expect(await isDone(other.then(() => {}))).toBe(false)
    const seen = { enough: false }
    const next = Array.from({ length: 20 }, () =>
      lookUntil(
        { events },
        wait,
        async () => 'x',
        () => seen.enough,
      ),
    )
    expect(await Promise.all(next)).toEqual(Array.from({ length: 20 }, () => 'x'))
    void held
  })

  it('frees its place when it was answered', async () => {
    const events = createWakeUps()
    for (let calls = 0; calls < 50; calls++)
      await lookUntil(
        { events },
        wait,
        async () => 'x',
        () => true,
      )
    const release = events.hold('a')
    expect(release).not.toBeNull()
  })

  it('is not looked for again once it has hung up', async () => {
    const events = createWakeUps()
    const hangUp = new AbortController()
    let looks = 0
    const look = async () => ++looks
    const waiting = lookUntil({ events }, { ...wait, signal: hangUp.signal }, look, () => false)
    await expect.poll(() => looks).toBe(1)
    hangUp.abort()
    await waiting
    expect(looks).toBe(1)
  })
})
