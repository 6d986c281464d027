/**
 * The orders to executors as this process last read them: active kill switches, and the stops of the last day. An
 * executor gets only events that can concern it: a selector that names another executor selects nothing of its own.
 * SPEC 9.
 */
import { eventText } from '../../domain/server-event.ts'
import type { KillSwitch, Stop } from '../../domain/stop/kill-switch.ts'
import { once } from './once.ts'

export type ActiveSwitch = Pick<KillSwitch, 'id' | 'selector'>

/** `executor` is undefined where the event concerns every executor. */
export interface StopEvent {
  readonly executor: string | undefined
  readonly text: string
}

export interface Missing {
  readonly sinceMs: number
  /** Ids. */
  readonly known: readonly number[]
}

export const KEPT_MS = 86_400_000
/** Stops are committed out of order, and by processes whose clocks differ: so far back they are read again. */
export const OVERLAP_MS = 120_000
const MAX_STOPS = 10_000

export class StopOrders {
  #active = new Map<string, ActiveSwitch>()
  readonly #stops = new Map<number, Stop>()
  #hasRead = false

  /** The instant from which stops are to be read, and those since then that need not be. */
  missing(nowMs: number): Missing {
    const sinceMs = nowMs - (this.#hasRead ? OVERLAP_MS : KEPT_MS)
    const known = [...this.#stops.values()].filter(({ atMs }) => atMs >= sinceMs).map(({ id }) => id)
    return { sinceMs, known }
  }

  /** Takes a reading, and returns the events that the one before did not have. */
  update(active: readonly ActiveSwitch[], stops: readonly Stop[], nowMs: number): readonly StopEvent[] {
    const released = [...this.#active.values()].filter(({ id }) => !active.some((other) => other.id === id))
    const engaged = active.filter(({ id }) => !this.#active.has(id))
    const fresh = stops.filter(({ id }) => !this.#stops.has(id))
    this.#active = new Map(active.map((one) => [one.id, one]))
    for (const stop of fresh) this.#stops.set(stop.id, stop)
    this.#forget(nowMs)
    this.#hasRead = true
    return [...released.map(releasedEvent), ...engaged.map(engagedEvent), ...fresh.map(stopEvent)]
  }

  /** All active switches, and the stops since `sinceMs`. */
  all(sinceMs: number): readonly StopEvent[] {
    const stops = [...this.#stops.values()].filter(({ atMs }) => atMs >= sinceMs)
    return [...[...this.#active.values()].map(engagedEvent), ...stops.map(stopEvent)]
  }

  #forget(nowMs: number): void {
    for (const { id, atMs } of this.#stops.values()) {
      if (this.#stops.size <= MAX_STOPS && atMs >= nowMs - KEPT_MS) return
      this.#stops.delete(id)
    }
  }
}

const engagedEvent = ({ id, selector }: ActiveSwitch): StopEvent => ({
  executor: selector.executor,
  text: eventText('killswitch', { id, selector, standing: true }),
})

const releasedEvent = ({ id, selector: { executor } }: ActiveSwitch): StopEvent => ({
  executor,
  text: eventText('killswitch', { id, standing: false }),
})

/** `at` in epoch seconds, as the tokens it is compared with. */
const stopEvent = ({ id, atMs, kind, killswitch, selector }: Stop): StopEvent => ({
  executor: selector.executor,
  text: eventText('stop', {
    id,
    at: Math.floor(atMs / 1000),
    code: kind === 'killswitch' ? 'killed' : 'token_revoked',
    ...(killswitch === null ? {} : { killswitch }),
    selector,
  }),
})

export const textFor = (named: string, events: readonly StopEvent[]): string =>
  textOf(events.filter(({ executor }) => executor === undefined || executor === named))

/** What is made of the text for each executor. Most events concern all, who then share one piece. */
export function piecesOf<T>(events: readonly StopEvent[], make: (text: string) => T): (executor: string) => T {
  if (events.some(({ executor }) => executor !== undefined)) return once((named) => make(textFor(named, events)))
  const piece = make(textOf(events))
  return () => piece
}

const textOf = (events: readonly StopEvent[]): string => events.map(({ text }) => text).join('')
