/**
 * The event stream to executors, as one process sends it: stops, status lists, and a heartbeat. State, not events, is
 * the truth: at each wake-up and each second the state is read in one statement, what is new in it is sent, and only
 * then a heartbeat, which says when that reading began by this process's steady clock. So nothing that fails or hangs
 * makes old news look young. Reads nothing while no executor listens, and ends a connection that does not take what is
 * written to it. SPEC 9.
 */
import { eventText } from '../../domain/server-event.ts'
import type { Stop } from '../../domain/stop/kill-switch.ts'
import { othersTurn } from '../../domain/turns.ts'
import type { StopState, StopStore } from '../../store/contract/stop-store.ts'
import type { TokenStore } from '../../store/contract/token-store.ts'
import type { Uses } from '../deps.ts'
import { newId } from '../new-id.ts'
import { signedList } from '../reading/caches.ts'
import { announcedStop } from './announced-stop.ts'
import { type ListSource, StatusLists } from './stream-lists.ts'
import { type ActiveSwitch, encode, type Missing, piecesOf, StopOrders } from './stream-orders.ts'
import { BEHIND_NEWS_MS, type Moment, reasonOf, StreamUpkeep, type UpkeepWorld } from './stream-upkeep.ts'

export type StopReading = Omit<StopState, 'active'> & { readonly active: readonly ActiveSwitch[] }

export interface StreamWorld extends ListSource, UpkeepWorld {
  readonly read: (missing: Missing) => Promise<StopReading>
  /** Calls `hearer` with each stop that is announced. */
  readonly hear: (hearer: (stop: string) => void) => () => void
  /** Whole milliseconds of a monotonic clock. */
  readonly upMs: () => number
  readonly newId: () => string
  /** 0 to 1. */
  readonly random: () => number
}

/** The receiving end of one connection. */
export interface Sink {
  /** False where the reader takes too little of what was written, or is gone. */
  readonly write: (text: Uint8Array) => boolean
  /** How long written text has waited to be taken, in milliseconds. */
  readonly lagMs: () => number
  readonly end: () => void
}

export interface Listener {
  readonly executor: string
  readonly credentialId: string
  /** Epoch milliseconds: the id of the last event that was read. */
  readonly lastEventId?: number | undefined
}

interface Connection extends Listener {
  readonly id: string
  readonly sink: Sink
  readonly sinceMs: number
  readonly endsAtMs: number
  isOpen: boolean
}

/** Connections that one executor may hold open at one process. */
const MAX_CONNECTIONS = 128
const PERIOD_MS = 1000
/** Some 2 ms of one turn. */
const BEATS_AT_ONCE = 100
/** Within this time two steady clocks drift apart by too little to matter. Spread, so that not all reconnect at once. */
const LIFE_MS = { least: 240_000, spread: 120_000 }

export class StopStream {
  readonly #world: StreamWorld
  readonly #orders = new StopOrders()
  readonly #lists: StatusLists
  readonly #connections = new Set<Connection>()
  /** Those of them that were told nothing yet. */
  readonly #newcomers = new Set<Connection>()
  readonly #upkeep: StreamUpkeep<Connection>
  #following: Promise<void> | undefined
  #nap = new AbortController()
  #beatAtMs = Number.NEGATIVE_INFINITY
  /** Announced in this turn of the event loop; one commit may end much, and each connection gets it in one piece. */
  #announced: Stop[] = []
  /** Orders were sent since the last reading. */
  #toldAhead = false
  readonly #unhear: () => void
  #isClosed = false

  constructor(world: StreamWorld) {
    this.#world = world
    this.#lists = new StatusLists(world)
    this.#upkeep = new StreamUpkeep(world, this.#connections, (connection) => this.#drop(connection))
    this.#unhear = world.hear((text) => this.#hear(announcedStop(text, world.nowMs())))
  }

  /** Begins to send; returns how to stop. Null for an executor that has too many connections to this process. */
  open(listener: Listener, sink: Sink): (() => void) | null {
    const others = [...this.#connections].filter(({ executor }) => executor === listener.executor)
    if (this.#isClosed || others.length >= MAX_CONNECTIONS) return null
    const { upMs, nowMs } = this.#moment()
    const endsAtMs = upMs + LIFE_MS.least + this.#world.random() * LIFE_MS.spread
    const id = this.#world.newId()
    const connection = { ...listener, id, sink, sinceMs: nowMs, endsAtMs, isOpen: true }
    this.#connections.add(connection)
    this.#newcomers.add(connection)
    this.#send(connection, encode(eventText('opened', { up_ms: upMs, connection: connection.id })))
    this.#following ??= this.#follow()
    this.#nap.abort()
    return () => this.#drop(connection)
  }

  /** How long what was written to each connection has waited to be taken. */
  lagsMs(): readonly number[] {
    return [...this.#connections].map(({ sink }) => sink.lagMs())
  }

  /** Resolves when no executor listens any more. */
  async idle(): Promise<void> {
    while (this.#following) await this.#following
  }

  /** Ends all connections, and takes no new ones. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const connection of [...this.#connections]) this.#drop(connection)
    this.#unhear()
    this.#nap.abort()
    this.#upkeep.close()
    await this.#following
  }

  #moment = (): Moment => ({ upMs: this.#world.upMs(), nowMs: this.#world.nowMs() })

  #drop(connection: Connection): void {
    if (!this.#connections.delete(connection)) return
    this.#newcomers.delete(connection)
    connection.isOpen = false
    connection.sink.end()
  }

  #send(connection: Connection, text: Uint8Array): void {
    if (text.length > 0 && connection.isOpen && !connection.sink.write(text)) this.#drop(connection)
  }

  #hear(stop: Stop | undefined): void {
    if (!stop || this.#connections.size === 0) return
    this.#announced.push(stop)
    if (this.#announced.length === 1) queueMicrotask(() => this.#tellAhead())
  }

  /**
   * Sends what was announced before it is read. An announcement leaves with the commit, so nothing is stopped by one that
   * was not. Newcomers get it too: a reading that began before the commit does not have it.
   */
  #tellAhead(): void {
    const news = this.#announced.flatMap((stop) => this.#orders.hear(stop))
    this.#announced = []
    this.#toldAhead ||= news.length > 0
    this.#tell([...this.#connections], piecesOf(news, encode))
  }

  async #follow(): Promise<void> {
    while (this.#connections.size > 0) {
      this.#nap = new AbortController()
      // Before the reading begins: a change that is announced while it is under way may not be in it.
      const woken = this.#world.waitFor('control', this.#toldAhead ? BEHIND_NEWS_MS : PERIOD_MS, this.#nap.signal)
      await this.#look().catch(this.#failed)
      await woken
      if (this.#toldAhead || this.#announced.length > 0) await this.#stepAside()
    }
    await this.#upkeep.end()
    this.#following = this.#connections.size > 0 ? this.#follow() : undefined
  }

  async #look(): Promise<void> {
    const moment = this.#moment()
    const newcomers = [...this.#newcomers]
    const others = [...this.#connections].filter((connection) => !this.#newcomers.has(connection))
    const reading = await this.#world.read(this.#orders.missing(moment.nowMs))
    const { released, ordered } = this.#orders.update(reading.active, reading.stops, moment.nowMs)
    const news = [...released, ...ordered]
    const toldAhead = this.#toldAhead
    this.#toldAhead = false
    // A heartbeat would take processors from connections that have their orders still to come. Stops all the time do not
    // keep it back.
    const isTime = moment.upMs - this.#beatAtMs >= (toldAhead ? 2 : 1) * PERIOD_MS - 50
    const stale = this.#lists.stale(reading, moment.nowMs, isTime)
    // Orders that cut calls off do not wait for a list to be signed. Where none is, one write takes all.
    const isAhead = stale.length > 0
    if (isAhead) this.#tell(others, piecesOf(news, encode))
    this.#tell(newcomers, piecesOf(released, encode))
    for (const one of newcomers) this.#send(one, this.#orders.allFor(one, moment.nowMs))
    const changed = await this.#lists.renew(stale, moment.nowMs)
    const isDue = isTime || changed !== ''
    const heartbeat = eventText('heartbeat', { up_ms: moment.upMs }, moment.nowMs)
    const restOf = (text: string) => (isDue || text !== '' ? (isAhead ? '' : text) + changed + heartbeat : '')
    const hasNews = news.length > 0 || changed !== ''
    if (hasNews)
      this.#tell(
        others,
        piecesOf(news, (text) => encode(restOf(text))),
      )
    const first = encode(this.#lists.all() + heartbeat)
    for (const one of newcomers) {
      this.#newcomers.delete(one)
      this.#send(one, first)
    }
    if (isDue && !hasNews) await this.#beat(others, encode(heartbeat))
    if (isDue) this.#beatAtMs = moment.upMs
    this.#upkeep.follow(moment, toldAhead || news.length > 0, isTime)
  }

  /** Leaves the processors to a stop that is being sent. A newcomer is not kept waiting. */
  #stepAside = (): Promise<boolean> => this.#world.waitFor('upkeep', BEHIND_NEWS_MS, this.#nap.signal)

  /** In portions, which a stop goes ahead of: to thousands, it takes longer than a stop may wait. */
  async #beat(connections: readonly Connection[], heartbeat: Uint8Array): Promise<void> {
    let hasWaited = false
    for (let from = 0; from < connections.length; from += BEATS_AT_ONCE) {
      if (from > 0) await othersTurn()
      if (this.#toldAhead && !hasWaited) {
        hasWaited = true
        await this.#stepAside()
      }
      for (const connection of connections.slice(from, from + BEATS_AT_ONCE)) this.#send(connection, heartbeat)
    }
  }

  #tell(connections: readonly Connection[], pieceOf: (executor: string) => Uint8Array): void {
    for (const connection of connections) this.#send(connection, pieceOf(connection.executor))
  }

  #failed = (error: unknown): void => this.#world.failed(reasonOf(error))
}

type StreamNeeds = Uses<
  StopStore & TokenStore,
  'config' | 'keys' | 'events' | 'log' | 'now' | 'nowMs' | 'upMs' | 'randomBytes'
>

export function createExecutorStream(deps: StreamNeeds): StopStream {
  const { config, store, events, log, now, nowMs, upMs, randomBytes } = deps
  const process = newId(randomBytes)
  return new StopStream({
    issuer: config.origin,
    sign: (list, at) => signedList(deps, list, at),
    read: (missing) => store.stopState({ now: now(), ...missing }),
    hear: (hearer) => events.hear('stop', hearer),
    inForce: (ids) => store.credentialsInForce({ ids, now: now() }),
    keep: (streams, atMs, connections) => store.keepStreams({ process, streams, connections, nowMs: atMs }),
    waitFor: events.waitFor,
    nowMs,
    upMs,
    newId: () => newId(randomBytes),
    random: () => new DataView(randomBytes(4).buffer).getUint32(0) / 2 ** 32,
    failed: (reason) => log.warn('stream.failed', { reason }),
  })
}
