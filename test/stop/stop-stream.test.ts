/** The events of the stream: nothing that fails or hangs makes old news look young. */
import { describe, expect, it } from 'vitest'
import type { Stop } from '../../src/domain/stop/kill-switch.ts'
import { waitFor } from '../setup/wait-for.ts'
import { createGround, FORUM, held, listener, stopOf, switchStop, WIKI } from './stream-ground.ts'

describe('a connection', () => {
  it('is told when it was accepted, then what stands, then lists, then when that was read', async () => {
    const { ground, stream } = createGround()
    ground.state.active = [{ id: 'k', selector: { agent: 'a' } }]
    ground.state.stops = [stopOf(1, ground.nowMs - 5000)]
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await waitFor(() => expect(one.beats()).toHaveLength(1))
    expect(one.heard.map(({ name }) => name)).toEqual(['opened', 'killswitch', 'stop', 'status', 'heartbeat'])
    expect(one.heard[0]?.data).toEqual({ up_ms: 1000, connection: 'id-1' })
    expect(one.named('killswitch')).toEqual([{ id: 'k', selector: { agent: 'a' }, standing: true }])
    expect(one.named('stop')).toEqual([{ id: 1, at: 1_799_999_995, code: 'token_revoked', selector: {} }])
    expect(one.named('status')).toEqual([{ uri: 'https://approve.example/status/0', token: 'list 0 of 1800000000' }])
    expect(one.heard.at(-1)).toMatchObject({ data: { up_ms: 1000 }, id: '1800000000000' })
    await stream.close()
  })

  it('is told what is new, once, and what ended', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    ground.state.active = [{ id: 'k', selector: {} }]
    ground.state.stops = [{ id: 4, atMs: ground.nowMs, kind: 'killswitch', killswitch: 'k', selector: {} }]
    await ground.beat(one)
    await ground.beat(one)
    ground.state.active = []
    await ground.beat(one)
    expect(one.named('killswitch')).toEqual([
      { id: 'k', selector: {}, standing: true },
      { id: 'k', standing: false },
    ])
    expect(one.named('stop')).toEqual([{ id: 4, at: 1_800_000_000, code: 'killed', killswitch: 'k', selector: {} }])
    await stream.close()
  })

  it('costs no reading of the stops that are known', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    ground.state.stops = [stopOf(1, ground.nowMs - 150_000), stopOf(2, ground.nowMs - 5000)]
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    ground.state.stops = [stopOf(3, ground.nowMs)]
    await ground.beat(one)
    await ground.beat(one)
    expect(ground.asked.at(0)).toEqual({ sinceMs: ground.nowMs - 86_400_000, known: [] })
    expect(ground.asked.at(-1)).toEqual({ sinceMs: ground.nowMs - 120_000, known: [2, 3] })
    expect(one.named('stop').map(({ id }) => id)).toEqual([1, 2, 3])
    await stream.close()
  })

  it('gets orders and heartbeat in one piece, but orders ahead of a list that has to be signed', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    ground.state.stops = [stopOf(1, ground.nowMs)]
    ground.wake()
    await waitFor(() => expect(one.named('stop')).toHaveLength(1))
    expect(one.pieces.at(-1)).toEqual(['stop', 'heartbeat'])
    ground.state.stops = [stopOf(2, ground.nowMs)]
    ground.state.revoked = [{ list: 0, count: 1 }]
    ground.wake()
    await waitFor(() => expect(one.named('status')).toHaveLength(2))
    expect(one.pieces.slice(-2)).toEqual([['stop'], ['status', 'heartbeat']])
    await stream.close()
  })

  it('has a stop before the heartbeat that others were already sent', async () => {
    const { ground, stream } = createGround()
    let isBeating = false
    const stop = switchStop(7, ground.nowMs, 'k')
    const first = listener(() => {
      if (isBeating) {
        isBeating = false
        ground.state.active = [{ id: 'k', selector: {} }]
        ground.state.stops = [stop]
        ground.announce(stop)
      }
      return true
    })
    const others = Array.from({ length: 300 }, () => listener())
    stream.open({ executor: FORUM, credentialId: 'c' }, first.sink)
    for (const [at, { sink }] of others.entries())
      stream.open({ executor: `https://executor-${at}.example`, credentialId: 'c' }, sink)
    await ground.beat(first, ...others)
    for (const { heard } of others) heard.length = 0
    isBeating = true
    await ground.beat(first, ...others)
    const firstHeard = others.map(({ heard }) => heard[0]?.name)
    expect(firstHeard).toEqual([...Array(99).fill('heartbeat'), ...Array(201).fill('killswitch')])
    await stream.close()
  })

  it('is told nothing of what names another executor', async () => {
    const { ground, stream } = createGround()
    const [forum, wiki] = [listener(), listener()]
    stream.open({ executor: FORUM, credentialId: 'c' }, forum.sink)
    stream.open({ executor: WIKI, credentialId: 'd' }, wiki.sink)
    await ground.beat(forum, wiki)
    ground.state.active = [{ id: 'k', selector: { executor: WIKI } }]
    ground.state.stops = [stopOf(1, ground.nowMs, { executor: WIKI })]
    await ground.beat(forum, wiki)
    expect([wiki.named('killswitch').length, wiki.named('stop').length]).toEqual([1, 1])
    expect([forum.named('killswitch').length, forum.named('stop').length]).toEqual([0, 0])
    await stream.close()
  })

  it('that begins again is told the stops since its last event, and of two minutes before it', async () => {
    const { ground, stream } = createGround()
    ground.state.stops = [stopOf(1, ground.nowMs - 300_000), stopOf(2, ground.nowMs - 150_000)]
    const [again, anew] = [listener(), listener()]
    stream.open({ executor: FORUM, credentialId: 'c', lastEventId: ground.nowMs - 60_000 }, again.sink)
    stream.open({ executor: FORUM, credentialId: 'c' }, anew.sink)
    await ground.beat(again, anew)
    expect(again.named('stop').map(({ id }) => id)).toEqual([2])
    expect(anew.named('stop').map(({ id }) => id)).toEqual([1, 2])
    await stream.close()
  })

  it('gets the same bytes as others that began again in the same two minutes, until something changes', async () => {
    const { ground, stream } = createGround()
    const texts: Uint8Array[] = []
    const sink = { write: (text: Uint8Array) => texts.push(text) > 0, lagMs: () => 0, end: () => {} }
    const orders = async (executor: string) => {
      const [one, at] = [listener(), texts.length]
      const write = (text: Uint8Array) => sink.write(text) && one.sink.write(text)
      stream.open({ executor, credentialId: 'c', lastEventId: ground.nowMs - 1000 }, { ...sink, write })
      await waitFor(() => expect(one.beats()).toHaveLength(1))
      return texts[at + 1]
    }
    ground.state.stops = [stopOf(1, ground.nowMs), stopOf(2, ground.nowMs, { executor: WIKI })]
    const first = await orders(FORUM)
    ground.nowMs += 10
    expect(await orders('https://other.example')).toBe(first)
    expect(new TextDecoder().decode(await orders(WIKI))).toContain('"id":2')
    ground.state.stops = [stopOf(3, ground.nowMs)]
    const after = await orders(FORUM)
    expect(new TextDecoder().decode(after)).toMatch(/"id":1,.*"id":3,/s)
    await stream.close()
  })
})

describe('an announced stop', () => {
  it('is sent before it is read, in one piece with others of its commit, and not again once it is read', async () => {
    const { ground, stream } = createGround()
    const [forum, wiki] = [listener(), listener()]
    stream.open({ executor: FORUM, credentialId: 'c' }, forum.sink)
    stream.open({ executor: WIKI, credentialId: 'd' }, wiki.sink)
    await ground.beat(forum, wiki)
    const stops = [switchStop(1, ground.nowMs, 'k', { agent: 'a' }), stopOf(2, ground.nowMs, { executor: WIKI })]
    for (const stop of stops) ground.announce(stop)
    await waitFor(() => expect(wiki.named('stop')).toHaveLength(2))
    expect(wiki.pieces.at(-1)).toEqual(['killswitch', 'stop', 'stop'])
    expect(forum.pieces.at(-1)).toEqual(['killswitch', 'stop'])
    expect(forum.named('killswitch')).toEqual([{ id: 'k', selector: { agent: 'a' }, standing: true }])
    ground.state.active = [{ id: 'k', selector: { agent: 'a' } }]
    ground.state.stops = stops
    await ground.beat(forum, wiki)
    ground.announce(stops[0] as Stop)
    await ground.beat(forum, wiki)
    expect([forum.named('killswitch').length, forum.named('stop').length, wiki.named('stop').length]).toEqual([1, 1, 2])
    ground.state.active = []
    await ground.beat(forum, wiki)
    expect(forum.named('killswitch').at(-1)).toEqual({ id: 'k', standing: false })
    await stream.close()
  })

  it('outlasts a reading that began before it, and is released where a later one does not have it', async () => {
    const { ground, stream } = createGround()
    const [early, late] = [listener(), listener()]
    stream.open({ executor: FORUM, credentialId: 'c' }, early.sink)
    await ground.beat(early)
    const { until, finish } = held()
    const asked = ground.asked.length
    ground.read = async () => {
      const before = { ...ground.state }
      await until
      return before
    }
    ground.upMs += 1000
    stream.open({ executor: FORUM, credentialId: 'd' }, late.sink)
    await waitFor(() => expect(ground.asked).toHaveLength(asked + 1))
    ground.announce(switchStop(1, ground.nowMs, 'k'))
    const orders = [{ id: 'k', selector: {}, standing: true }]
    await waitFor(() => expect([early.named('killswitch'), late.named('killswitch')]).toEqual([orders, orders]))
    ground.read = async () => ({ ...ground.state, active: [{ id: 'k', selector: {} }] })
    finish()
    await ground.beat(early, late)
    expect([early.named('killswitch'), late.named('killswitch')]).toEqual([orders, orders])
    ground.announce(switchStop(2, ground.nowMs, 'j'))
    await waitFor(() => expect(late.named('killswitch')).toHaveLength(2))
    await ground.beat(early, late)
    for (const one of [early, late])
      expect(one.named('killswitch').slice(1)).toEqual([
        { id: 'j', selector: {}, standing: true },
        { id: 'j', standing: false },
      ])
    await stream.close()
  })

  it('is released for who had just come, too', async () => {
    const { ground, stream } = createGround()
    const [early, late] = [listener(), listener()]
    stream.open({ executor: FORUM, credentialId: 'c' }, early.sink)
    await ground.beat(early)
    const { until, finish } = held()
    const { read } = ground
    const asked = ground.asked.length
    ground.read = async () => {
      await until
      return { ...ground.state }
    }
    ground.upMs += 1000
    ground.wake()
    await waitFor(() => expect(ground.asked).toHaveLength(asked + 1))
    stream.open({ executor: FORUM, credentialId: 'd' }, late.sink)
    ground.announce(switchStop(1, ground.nowMs, 'k'))
    await waitFor(() => expect(late.named('killswitch')).toHaveLength(1))
    ground.read = read
    finish()
    await ground.beat(early, late)
    for (const one of [early, late])
      expect(one.named('killswitch')).toEqual([
        { id: 'k', selector: {}, standing: true },
        { id: 'k', standing: false },
      ])
    await stream.close()
  })

  it('is read from the last reading on, however long nobody listened', async () => {
    const { ground, stream } = createGround()
    const [before, after] = [listener(), listener()]
    const close = stream.open({ executor: FORUM, credentialId: 'c' }, before.sink)
    await ground.beat(before)
    const readAtMs = ground.nowMs
    close?.()
    ground.nowMs += 3_600_000
    ground.upMs += 3_600_000
    stream.open({ executor: FORUM, credentialId: 'c' }, after.sink)
    await waitFor(() => expect(after.beats().length).toBeGreaterThan(0))
    expect(ground.asked.at(-1)?.sinceMs).toBe(readAtMs - 120_000)
    await stream.close()
  })

  it('has a heartbeat that is due behind it, but stops all the time do not keep heartbeats back', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    const [beats, since] = [one.beats().length, ground.upMs]
    const stopAt = async (id: number, upMs: number) => {
      const asked = ground.asked.length
      ground.upMs = upMs
      ground.announce(stopOf(id, ground.nowMs))
      ground.wake()
      await waitFor(() => expect(ground.asked.length).toBeGreaterThan(asked))
    }
    await stopAt(1, since + 1000)
    await waitFor(() => expect(one.beats()).toHaveLength(beats + 1))
    expect(one.pieces.slice(-2)).toEqual([['stop'], ['heartbeat']])
    await stopAt(2, since + 2000)
    await stopAt(3, since + 3000)
    await waitFor(() => expect(one.beats().at(-1)).toBe(since + 3000))
    await stream.close()
  })

  it('that is forged takes the place of no real one of its number', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    const real = stopOf(1, ground.nowMs, { agent: 'a' })
    ground.announce(stopOf(1, ground.nowMs, { agent: 'nobody' }))
    await waitFor(() => expect(one.named('stop')).toHaveLength(1))
    // Announced, it is told at once.
    ground.announce(real)
    await waitFor(() =>
      expect(one.named('stop').map(({ selector }) => selector)).toEqual([{ agent: 'nobody' }, { agent: 'a' }]),
    )
    ground.announce(stopOf(2, ground.nowMs, { agent: 'nobody' }))
    ground.state.stops = [real, stopOf(2, ground.nowMs, { agent: 'b' })]
    await ground.beat(one)
    await ground.beat(one)
    // Told only as it is read.
    const told = ['nobody', 'a', 'nobody', 'b']
    expect(one.named('stop').map(({ selector }) => selector)).toEqual(told.map((agent) => ({ agent })))
    await stream.close()
  })

  it('that is forged by the hundred is told some hundred times, and the real one with the next reading', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    const { until, finish } = held()
    const { read } = ground
    // Those that come while nothing can be read.
    ground.read = () => until.then(read)
    for (let at = 0; at < 2000; at++) ground.announce(stopOf(1, ground.nowMs, { agent: `nobody-${at}` }))
    ground.state.stops = [stopOf(1, ground.nowMs, { agent: 'a' })]
    ground.read = read
    finish()
    await ground.beat(one)
    await ground.beat(one)
    const told = one.named('stop').map(({ selector }) => selector)
    expect(told.length).toBeLessThan(1100)
    expect(told).toContainEqual({ agent: 'a' })
    await stream.close()
  })

  it('of a switch whose row says something else now reaches newcomers as it is read', async () => {
    const { ground, stream } = createGround()
    const [one, newcomer] = [listener(), listener()]
    ground.state.active = [{ id: 'k', selector: { agent: 'a' } }]
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    ground.state.active = [{ id: 'k', selector: { agent: 'b' } }]
    await ground.beat(one)
    stream.open({ executor: FORUM, credentialId: 'c' }, newcomer.sink)
    await ground.beat(newcomer)
    const selectors = newcomer.named('killswitch').map(({ selector }) => selector)
    expect(selectors.at(-1)).toEqual({ agent: 'b' })
    await stream.close()
  })

  it.each([
    ['before the real one', ['forged', 'real']],
    ['behind the real one', ['real', 'forged']],
    ['while the real one is being read', ['reading', 'forged']],
  ])('that is forged for a switch, %s, leaves the real one engaged', async (_when, order) => {
    const { ground, stream } = createGround()
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    const { until, finish } = held()
    const { read } = ground
    const real = switchStop(1, ground.nowMs, 'k', { agent: 'a' })
    const act = {
      real: async () => ground.announce(real),
      forged: async () => ground.announce(switchStop(9, ground.nowMs, 'k', { executor: FORUM, agent: 'nobody' })),
      reading: async () => {
        const asked = ground.asked.length
        ground.state.active = [{ id: 'k', selector: { agent: 'a' } }]
        ground.read = () => until.then(read)
        ground.upMs += 1000
        ground.wake()
        await waitFor(() => expect(ground.asked).toHaveLength(asked + 1))
      },
    }
    for (const step of order) await act[step as keyof typeof act]()
    await waitFor(() => expect(one.named('stop').at(-1)).toBeDefined())
    ground.state.active = [{ id: 'k', selector: { agent: 'a' } }]
    ground.state.stops = [real]
    ground.read = read
    finish()
    await ground.beat(one)
    await ground.beat(one)
    expect(one.named('killswitch').at(-1)).toEqual({ id: 'k', selector: { agent: 'a' }, standing: true })
    expect(one.named('stop')).toContainEqual(
      expect.objectContaining({ id: 1, killswitch: 'k', selector: { agent: 'a' } }),
    )
    ground.state.active = []
    await ground.beat(one)
    expect(one.named('killswitch').at(-1)).toEqual({ id: 'k', standing: false })
    await stream.close()
  })

  it('that cannot be understood is left to the reading that follows', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    const stop = stopOf(1, ground.nowMs)
    const malformed = [
      ...[
        { id: '1' },
        { id: 0 },
        { atMs: null },
        { atMs: ground.nowMs + 600_000 },
        { kind: 'other' },
        { killswitch: 'k' },
      ],
      ...[
        { selector: { jti: 7 } },
        { selector: { key: 'k' } },
        { selector: { agent: 7 } },
        { selector: { other: 'a' } },
      ],
    ].map((wrong) => JSON.stringify({ ...stop, ...wrong }))
    for (const text of ['', 'null', '{', '{"id":1}', ...malformed]) ground.wakeUps.announce(`stop ${text}`)
    ground.state.stops = [stopOf(1, ground.nowMs)]
    await ground.beat(one)
    expect(one.named('stop').map(({ id }) => id)).toEqual([1])
    expect(ground.failures).toEqual([])
    await stream.close()
  })
})

describe('a heartbeat', () => {
  it('is not sent while the state cannot be read, and carries when reading began, not when it ended', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    const before = one.beats().length
    ground.read = () => Promise.reject(new Error('gone'))
    ground.upMs += 1000
    await waitFor(() => {
      ground.wake()
      expect(ground.failures).toContain('gone')
    })
    expect(one.beats()).toHaveLength(before)
    const begunAt = ground.upMs
    ground.read = async () => {
      ground.upMs += 9000
      return { ...ground.state }
    }
    await waitFor(() => {
      ground.wake()
      expect(one.beats().length).toBeGreaterThan(before)
    })
    expect(one.beats().at(before)).toBeLessThan(begunAt + 9000)
    await stream.close()
  })

  it('is not sent to who came while the state was being read, before it is read again', async () => {
    const { ground, stream } = createGround()
    const [first, late] = [listener(), listener()]
    const { until, finish } = held()
    ground.read = async () => {
      await until
      return { ...ground.state }
    }
    stream.open({ executor: FORUM, credentialId: 'c' }, first.sink)
    await waitFor(() => expect(ground.asked).toHaveLength(1))
    ground.upMs = 5000
    stream.open({ executor: FORUM, credentialId: 'c' }, late.sink)
    finish()
    await waitFor(() => expect(late.beats().length).toBeGreaterThan(0))
    expect(first.beats()[0]).toBe(1000)
    expect(late.beats()[0]).toBe(5000)
    await stream.close()
  })
})

describe('lists', () => {
  it('are sent when a token of theirs is revoked, and before they expire', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    await ground.beat(one)
    expect(one.named('status')).toHaveLength(1)
    ground.state.revoked = [{ list: 0, count: 1 }]
    await ground.beat(one)
    expect(one.named('status')).toHaveLength(2)
    ground.nowMs += 31_000
    await ground.beat(one)
    expect(one.named('status')).toHaveLength(3)
    await stream.close()
  })

  it('that only grew old wait for a heartbeat that is due: a stop does not bring them', async () => {
    const { ground, stream } = createGround()
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    ground.nowMs += 31_000
    ground.state.stops = [stopOf(1, ground.nowMs)]
    const before = one.beats().length
    ground.wake()
    await waitFor(() => expect(one.beats()).toHaveLength(before + 1))
    expect([one.named('stop').length, one.named('status').length]).toEqual([1, 1])
    await ground.beat(one)
    expect(one.named('status')).toHaveLength(2)
    await stream.close()
  })

  it('that are not the newest are there too: the one before, and where a living token was revoked', async () => {
    const { ground, stream } = createGround()
    ground.state.nextPosition = 3 * 131_072 + 5
    ground.state.revoked = [{ list: 1, count: 2 }]
    const one = listener()
    stream.open({ executor: FORUM, credentialId: 'c' }, one.sink)
    await ground.beat(one)
    expect(
      one
        .named('status')
        .map(({ uri }) => String(uri).at(-1))
        .sort(),
    ).toEqual(['1', '2', '3'])
    await stream.close()
  })
})

describe('a listener', () => {
  it('that takes nothing is sent away', async () => {
    const { ground, stream } = createGround()
    let takes = true
    const [slow, quick] = [listener(() => takes), listener()]
    stream.open({ executor: FORUM, credentialId: 'c' }, slow.sink)
    stream.open({ executor: FORUM, credentialId: 'c' }, quick.sink)
    await ground.beat(slow, quick)
    takes = false
    await ground.beat(quick)
    expect(slow.isOpen()).toBe(false)
    expect(quick.isOpen()).toBe(true)
    await stream.close()
    expect(quick.isOpen()).toBe(false)
  })

  it('beyond so many of one executor is not taken', async () => {
    const { stream } = createGround()
    const opened = Array.from({ length: 128 }, () =>
      stream.open({ executor: FORUM, credentialId: 'c' }, listener().sink),
    )
    expect(opened).not.toContain(null)
    expect(stream.open({ executor: FORUM, credentialId: 'c' }, listener().sink)).toBe(null)
    opened[0]?.()
    expect(stream.open({ executor: FORUM, credentialId: 'c' }, listener().sink)).not.toBe(null)
    await stream.close()
    expect(stream.open({ executor: WIKI, credentialId: 'c' }, listener().sink)).toBe(null)
  })
})
