/**
 * What executors are told to stop, as this process last read it: kill switches that stand, and stops of the last day.
 *
 * In: readings of the state. Out: the events that are new in one, and all events for who has just come.
 * An executor is told only what can concern it: a selector that names another executor selects nothing of its own.
 * SPEC 9.
 */
import type { Selector } from '@countersign/verifier'
import { eventText } from '../../domain/server-event.ts'

export interface StandingSwitch {
  readonly id: string
  readonly selector: Selector
}

export interface StopOrder {
  readonly id: number
  readonly atMs: number
  readonly kind: 'killswitch' | 'revocation'
  readonly killswitch: string | null
  readonly selector: Selector
}

/** Events in order; `executor` undefined where they concern everyone. */
export interface Told {
  readonly executor: string | undefined
  readonly text: string
}

export interface Orders {
  /** From when on stops are to be read. */
  readonly sinceMs: (nowMs: number) => number
  /** Takes a reading, and returns what it says that the one before did not. */
  readonly take: (standing: readonly StandingSwitch[], stops: readonly StopOrder[], nowMs: number) => readonly Told[]
  /** All that stands, and the stops since `sinceMs`. */
  readonly all: (sinceMs: number) => readonly Told[]
}

export const KEPT_MS = 86_400_000
/** Stops are committed out of order, and by processes whose clocks differ: so far back they are read again. */
export const OVERLAP_MS = 120_000
const MAX_STOPS = 10_000

export function createOrders(): Orders {
  let standing = new Map<string, StandingSwitch>()
  const stops = new Map<number, StopOrder>()
  let hasRead = false

  function forget(nowMs: number): void {
    for (const { id, atMs } of stops.values()) {
      if (stops.size <= MAX_STOPS && atMs >= nowMs - KEPT_MS) return
      stops.delete(id)
    }
  }
  return {
    sinceMs: (nowMs) => nowMs - (hasRead ? OVERLAP_MS : KEPT_MS),
    take(nowStanding, read, nowMs) {
      const released = [...standing.values()].filter(({ id }) => !nowStanding.some((other) => other.id === id))
      const engaged = nowStanding.filter(({ id }) => !standing.has(id))
      const fresh = read.filter(({ id }) => !stops.has(id))
      standing = new Map(nowStanding.map((one) => [one.id, one]))
      for (const stop of fresh) stops.set(stop.id, stop)
      forget(nowMs)
      hasRead = true
      return [...released.map(releaseOf), ...engaged.map(switchOf), ...fresh.map(stopOf)]
    },
    all: (sinceMs) => [
      ...[...standing.values()].map(switchOf),
      ...[...stops.values()].filter(({ atMs }) => atMs >= sinceMs).map(stopOf),
    ],
  }
}

const switchOf = ({ id, selector }: StandingSwitch): Told => ({
  executor: selector.executor,
  text: eventText('killswitch', { id, selector, standing: true }),
})
const releaseOf = ({ id, selector: { executor } }: StandingSwitch): Told => ({
  executor,
  text: eventText('killswitch', { id, standing: false }),
})
/** `at` in epoch seconds, as the tokens it is compared with. */
const stopOf = ({ id, atMs, kind, killswitch, selector }: StopOrder): Told => ({
  executor: selector.executor,
  text: eventText('stop', {
    id,
    at: Math.floor(atMs / 1000),
    code: kind === 'killswitch' ? 'killed' : 'token_revoked',
    ...(killswitch === null ? {} : { killswitch }),
    selector,
  }),
})

/** The text of what concerns one executor. */
export const textFor = (executor: string, told: readonly Told[]): string =>
  told
    .filter((one) => one.executor === undefined || one.executor === executor)
    .map(({ text }) => text)
    .join('')
