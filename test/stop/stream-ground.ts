/** The executors' stream over a world of plain values, and listeners that keep what they hear. */
import type { Selector } from '@countersign/verifier'
import { expect } from 'vitest'
import { type Sink, type StopReading, StopStream, type StreamWorld } from '../../src/authority/stop/stream.ts'
import type { Missing } from '../../src/authority/stop/stream-orders.ts'
import type { KeptStream } from '../../src/authority/stop/stream-upkeep.ts'
import { createWakeUps } from '../../src/authority/wake-ups.ts'
import type { Stop } from '../../src/domain/stop/kill-switch.ts'
import { createEventParser } from '../../src/verifier/live/event-stream.ts'
import { waitFor } from '../setup/wait-for.ts'

export const FORUM = 'https://forum.example'
export const WIKI = 'https://wiki.example'

export function createGround() {
  const wakeUps = createWakeUps()
  const state: { -readonly [M in keyof StopReading]: StopReading[M] } = {
    active: [],
    stops: [],
    revoked: [],
    nextPosition: 0,
  }
  const ground = {
    state,
    wakeUps,
    upMs: 1000,
    nowMs: 1_800_000_000_000,
    asked: [] as Missing[],
    kept: [] as (readonly KeptStream[])[],
    /** All that listened each time that streams were kept. */
    listening: [] as (readonly string[])[],
    keeping: Promise.resolve(),
    failures: [] as string[],
    checks: 0,
    checking: Promise.resolve(),
    behindNews: Promise.resolve(),
    inForce: undefined as readonly string[] | undefined,
    read: async (): Promise<StopReading> => ({ ...state }),
    wake: () => wakeUps.announce('control'),
    announce: (stop: Stop) => wakeUps.announce(`stop ${JSON.stringify(stop)}`),
    /** Waits for a heartbeat of a reading that began now. */
    beat: async (...listeners: readonly ReturnType<typeof listener>[]) => {
      ground.upMs += 1000
      const since = ground.upMs
      await waitFor(() => {
        ground.wake()
        for (const one of listeners) expect(one.beats().at(-1)).toBeGreaterThanOrEqual(since)
      })
    },
  }
  let ids = 0
  const world: StreamWorld = {
    issuer: 'https://approve.example',
    sign: async (list, at) => `list ${list} of ${at}`,
    read: (missing) => {
      ground.asked.push(missing)
      return ground.read()
    },
    hear: (hearer) => wakeUps.hear('stop', hearer),
    inForce: async (credentials) => {
      ground.checks += 1
      await ground.checking
      return ground.inForce ?? credentials
    },
    keep: async (streams, _, connections) => {
      ground.kept.push(streams)
      ground.listening.push(connections)
      await ground.keeping
    },
    waitFor: (topic, timeoutMs, signal) =>
      topic === 'upkeep' && timeoutMs > 0
        ? ground.behindNews.then(() => false)
        : wakeUps.waitFor(topic, timeoutMs, signal),
    nowMs: () => ground.nowMs,
    upMs: () => ground.upMs,
    newId: () => `id-${++ids}`,
    random: () => 0,
    failed: (reason) => void ground.failures.push(reason),
  }
  return { ground, stream: new StopStream(world) }
}

export function listener(takes = () => true) {
  const parse = createEventParser()
  const heard: { name: string; data: Record<string, unknown>; id: string }[] = []
  /** The names of what was written at once. */
  const pieces: string[][] = []
  let isOpen = true
  const sink: Sink = {
    write: (text) => {
      const events = parse(new TextDecoder().decode(text))
      for (const { name, data, id } of events) heard.push({ name, data: JSON.parse(data), id })
      pieces.push(events.map(({ name }) => name))
      return takes()
    },
    lagMs: () => 7,
    end: () => {
      isOpen = false
    },
  }
  const named = (name: string) => heard.filter((event) => event.name === name).map(({ data }) => data)
  return {
    sink,
    heard,
    pieces,
    named,
    beats: () => named('heartbeat').map((data) => Number(data['up_ms'])),
    isOpen: () => isOpen,
  }
}

export const switchStop = (id: number, atMs: number, killswitch: string, selector: Selector = {}): Stop => ({
  ...{ id, atMs, kind: 'killswitch', killswitch, selector },
})

export const stopOf = (id: number, atMs: number, selector: Selector = {}) =>
  ({ id, atMs, kind: 'revocation', killswitch: null, selector }) as const

/** A promise, and how to fulfil it. */
export function held() {
  let finish = () => {}
  const until = new Promise<void>((resolve) => {
    finish = resolve
  })
  return { until, finish: () => finish() }
}
