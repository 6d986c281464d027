/** The upkeep of the stream: who listens is checked and made known, and no news waits for it. */
import { describe, expect, it } from 'vitest'
import { waitFor } from '../setup/wait-for.ts'
import { createGround, FORUM, held, listener, stopOf } from './stream-ground.ts'

describe('a listener', () => {
  it('is told what is new while it is being made known that it is there', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    const { until, finish } = held()
    ground.keeping = until
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await waitFor(() => expect(ground.kept).toHaveLength(1))
    ground.state.stops = [stopOf(1, ground.nowMs)]
    ground.wake()
    await waitFor(() => expect(one.named('stop')).toHaveLength(1))
    ground.upMs += 60_000
    await ground.beat(one)
    expect(ground.kept).toHaveLength(1)
    finish()
    await waitFor(() => {
      ground.upMs += 1000
      ground.wake()
      expect(ground.kept.length).toBeGreaterThan(1)
    })
    await stream.close()
    expect(ground.kept.at(-1)).toEqual([])
  })

  it('is made known again with the first heartbeat after a stop, and after it failed', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    expect(ground.kept).toHaveLength(1)
    ground.state.stops = [stopOf(1, ground.nowMs)]
    ground.wake()
    await waitFor(() => expect(one.named('stop')).toHaveLength(1))
    expect(ground.kept).toHaveLength(1)
    ground.keeping = Promise.reject(new Error('no room'))
    await ground.beat(one)
    await waitFor(() => expect(ground.failures).toContain('no room'))
    ground.keeping = Promise.resolve()
    const before = ground.kept.length
    await waitFor(() => {
      ground.upMs += 1000
      ground.wake()
      expect(ground.kept.length).toBeGreaterThan(before)
    })
    await stream.close()
  })

  it('whose credential holds no longer is sent away', async () => {
    const { ground, stream } = createGround()
    const [ended, staying] = [listener(), listener()]
    stream.open({ executor: FORUM, credentialId: 'ended' }, ended.sink)
    stream.open({ executor: FORUM, credentialId: 'staying' }, staying.sink)
    await ground.beat(ended, staying)
    ground.inForce = ['staying']
    ground.state.stops = [stopOf(1, ground.nowMs, { executor: FORUM })]
    await ground.beat(staying)
    await waitFor(() => expect(ended.isOpen()).toBe(false))
    expect(staying.isOpen()).toBe(true)
    await stream.close()
  })

  it('is sent away after some minutes, so that it begins anew', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    ground.upMs += 240_000
    ground.wake()
    await waitFor(() => expect(one.isOpen()).toBe(false))
    await stream.close()
  })

  it('is made known among a hundred at a time, with a pause behind them, and not once it is gone', async () => {
    const { ground, stream } = createGround()
    const { until, finish } = held()
    ground.behindNews = until
    const leave = ['c', 'd', 'e'].flatMap((credentialId) =>
      Array.from({ length: 100 }, () =>
        stream.open({ executor: `https://${credentialId}.example`, credentialId }, listener().sink),
      ),
    )
    await waitFor(() => expect(ground.kept).toHaveLength(1))
    expect(ground.kept[0]).toHaveLength(100)
    expect(ground.listening[0]).toHaveLength(300)
    leave.at(-1)?.()
    await ground.beat()
    expect(ground.kept).toHaveLength(1)
    leave.at(150)?.()
    finish()
    await waitFor(() => expect(ground.kept).toHaveLength(3))
    expect(ground.kept.map(({ length }) => length)).toEqual([100, 99, 99])
    expect(new Set(ground.kept.flat().map(({ connection }) => connection)).size).toBe(298)
    expect(ground.listening.at(-1)).toHaveLength(298)
    await stream.close()
  })

  it('is said to be there, and no more once it is gone; and then nothing is read', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    const stop = stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await waitFor(() =>
      expect(ground.kept.at(-1)).toEqual([
        { connection: 'id-1', executor: FORUM, sinceMs: 1_800_000_000_000, lagMs: 7 },
      ]),
    )
    stop?.()
    ground.wake()
    await stream.idle()
    expect(ground.kept.at(-1)).toEqual([])
    const reads = ground.asked.length
    ground.wake()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(ground.asked).toHaveLength(reads)
  })

  it('that came while credentials were being checked is not sent away for it', async () => {
    const { ground, stream } = createGround()
    const [one, late] = [listener(), listener()]
    const { until, finish } = held()
    ground.checking = until
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await waitFor(() => expect(ground.checks).toBe(1))
    stream.open({ executor: FORUM, credentialId: 'd' }, late.sink)
    finish()
    await ground.beat(one, late)
    expect(late.isOpen()).toBe(true)
    await stream.close()
  })
})

describe('after news', () => {
  it('credentials are checked, but not at once: the executors are told first', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    await waitFor(() => expect(ground.kept).toHaveLength(1))
    const checks = ground.checks
    const { until, finish } = held()
    ground.behindNews = until
    ground.state.stops = [stopOf(1, ground.nowMs)]
    await ground.beat(one)
    ground.state.stops = [...ground.state.stops, stopOf(2, ground.nowMs)]
    await ground.beat(one)
    expect(one.named('stop').map(({ id }) => id)).toEqual([1, 2])
    expect(ground.checks).toBe(checks)
    finish()
    await waitFor(() => expect(ground.checks).toBeGreaterThan(checks))
    await stream.close()
  })

  it('no more of it waits for credentials to be checked', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    const { until, finish } = held()
    ground.checking = until
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await waitFor(() => expect(ground.checks).toBe(1))
    ground.state.stops = [stopOf(1, ground.nowMs)]
    await ground.beat(one)
    expect(one.named('stop')).toHaveLength(1)
    finish()
    await stream.close()
  })
})
