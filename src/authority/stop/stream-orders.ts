/**
 * The orders to executors as this process last read them: active kill switches, and the stops of the last day. An
 * executor gets only events that can concern it: a selector that names another executor selects nothing of its own.
 * SPEC 9.
 */
import { eventText } from '../../domain/server-event.ts'
import type { KillSwitch, Stop, StopSelector } from '../../domain/stop/kill-switch.ts'

export type ActiveSwitch = Pick<KillSwitch, 'id' | 'selector'>

/** `executor` is undefined where the event concerns every executor. */
export interface StopEvent {
  readonly executor: string | undefined
  readonly text: string
}

export interface Newcomer {
  readonly executor: string
  /** Epoch milliseconds: the id of the last event that was read. */
  readonly lastEventId?: number | undefined
}

/** `released` is also for newcomers, who may have heard the switch ahead. */
export interface News {
  readonly released: readonly StopEvent[]
  readonly ordered: readonly StopEvent[]
}

export interface Missing {
  readonly sinceMs: number
  /** Ids. */
  readonly known: readonly number[]
}

const KEPT_MS = 86_400_000
/** Stops are committed out of order, and by processes whose clocks differ: so far back they are read again. */
export const OVERLAP_MS = 120_000
const MAX_STOPS = 10_000
/** More wait for the next reading: announcements can be forged, and executors remember each stop. */
const MAX_AHEAD = 500
/** Each may have megabytes. */
const MAX_SHARED = 4

export class StopOrders {
  #active = new Map<string, ActiveSwitch>()
  readonly #stops = new Map<number, Stop>()
  /** Announced stops that no reading had yet, by all that they say: an announcement can be forged. */
  readonly #ahead = new Map<string, Stop>()
  /** The switches of which they told, by id: the first that was announced. */
  readonly #aheadSwitches = new Map<string, ActiveSwitch>()
  /** Those that were announced before the reading under way began: it has them, unless they are gone again. */
  #due: { readonly stops: readonly string[]; readonly switches: readonly ActiveSwitch[] } = { stops: [], switches: [] }
  /** What newcomers are sent, by the instant from which they get stops. */
  readonly #shared = new Map<number, PieceOf>()
  #readAtMs = Number.NEGATIVE_INFINITY

  /**
   * Takes a stop that was announced, and returns the events that executors do not have. A switch counts until the next
   * reading: where that does not have it, it is released, and where that has another one, the other one is sent. The stop
   * itself is not taken back, since executors cannot forget one.
   */
  hear(stop: Stop): readonly StopEvent[] {
    const text = stopText(stop)
    if (this.#stops.has(stop.id) || this.#ahead.has(text) || this.#ahead.size >= MAX_AHEAD) return []
    this.#ahead.set(text, stop)
    const engaged = switchesOf([stop]).filter(({ id }) => !this.#active.has(id) && !this.#aheadSwitches.has(id))
    for (const one of engaged) this.#aheadSwitches.set(one.id, one)
    return [...engaged.map(engagedEvent), stopEvent(stop)]
  }

  /** The instant from which stops are to be read, and those since then that need not be. A reading begins behind it. */
  missing(nowMs: number): Missing {
    this.#due = { stops: [...this.#ahead.keys()], switches: [...this.#aheadSwitches.values()] }
    const sinceMs = Math.max(nowMs - KEPT_MS, this.#readAtMs - OVERLAP_MS)
    const known = [...this.#stops.values()].filter(({ atMs }) => atMs >= sinceMs).map(({ id }) => id)
    return { sinceMs, known }
  }

  /** Takes a reading, and returns the events that the one before did not have. */
  update(active: readonly ActiveSwitch[], stops: readonly Stop[], nowMs: number): News {
    const was = byText(this.#active.values())
    const before = new Map([...was, ...byText(this.#due.switches)])
    const told = new Map([...was, ...byText(this.#aheadSwitches.values())])
    const now = byText(active)
    const released = [...before].flatMap(([text, one]) => (now.has(text) ? [] : [one]))
    const releasedIds = new Set(released.map(({ id }) => id))
    // A release is by id: it also takes back the switch that another one claimed to be.
    const engaged = [...now].flatMap(([text, one]) => (told.has(text) && !releasedIds.has(one.id) ? [] : [one]))
    const fresh = stops.filter((stop) => !this.#stops.has(stop.id) && !this.#ahead.has(stopText(stop)))
    const isSame = now.size === was.size && [...now.keys()].every((text) => was.has(text))
    if (!isSame || stops.some(({ id }) => !this.#stops.has(id))) this.#shared.clear()
    this.#active = new Map(active.map((one) => [one.id, one]))
    for (const stop of stops) this.#stops.set(stop.id, stop)
    for (const text of this.#due.stops) this.#ahead.delete(text)
    for (const { id } of this.#due.switches) this.#aheadSwitches.delete(id)
    this.#forget(nowMs)
    this.#readAtMs = nowMs
    return { released: released.map(releasedEvent), ordered: [...engaged.map(engagedEvent), ...fresh.map(stopEvent)] }
  }

  /**
   * All active switches, and the stops of the last day, or since two minutes before the last event that was received and
   * up to two minutes more: newcomers share their text until something changes.
   */
  allFor({ executor, lastEventId = 0 }: Newcomer, nowMs: number): Uint8Array {
    const sinceMs = Math.max(nowMs - KEPT_MS, lastEventId - OVERLAP_MS)
    const from = sinceMs - (sinceMs % OVERLAP_MS)
    const shared = this.#shared.get(from) ?? this.#share(from)
    return shared(executor)
  }

  #share(sinceMs: number): PieceOf {
    if (this.#shared.size >= MAX_SHARED) this.#shared.clear()
    const shared = piecesOf(this.#all(sinceMs), encode)
    this.#shared.set(sinceMs, shared)
    return shared
  }

  #all(sinceMs: number): readonly StopEvent[] {
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

const byText = (switches: Iterable<ActiveSwitch>) => new Map(Array.from(switches, (one) => [switchText(one), one]))

const membersOf = (selector: StopSelector) => Object.entries(selector).sort()

const switchText = ({ id, selector }: ActiveSwitch): string => JSON.stringify([id, membersOf(selector)])

const stopText = ({ id, atMs, kind, killswitch, selector }: Stop): string =>
  JSON.stringify([id, atMs, kind, killswitch, membersOf(selector)])

const switchesOf = (stops: readonly Stop[]): readonly ActiveSwitch[] =>
  stops.flatMap(({ killswitch, selector }) => (killswitch === null ? [] : [{ id: killswitch, selector }]))

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

const textFor = (named: string | undefined, events: readonly StopEvent[]): string =>
  events.flatMap(({ executor, text }) => (executor === undefined || executor === named ? [text] : [])).join('')

const utf8 = new TextEncoder()

export const encode = (text: string): Uint8Array => utf8.encode(text)

type PieceOf = (executor: string) => Uint8Array

/** What is made of the text for each executor. All that no event names share one piece. */
export function piecesOf(events: readonly StopEvent[], make: (text: string) => Uint8Array): PieceOf {
  const named = new Set(events.map(({ executor }) => executor))
  let piece: Uint8Array | undefined
  return (executor) => {
    if (named.has(executor)) return make(textFor(executor, events))
    piece ??= make(textFor(undefined, events))
    return piece
  }
}
