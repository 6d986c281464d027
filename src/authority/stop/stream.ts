/**
 * The event stream to executors, as one process sends it: stops, status lists, and a heartbeat. State, not events, is
 * the truth: at each wake-up and each second the state is read in one statement, what is new in it is sent, and only
 * then a heartbeat, which says when that reading began by this process's steady clock. So nothing that fails or hangs
 * makes old news look young. Reads nothing while no executor listens, and ends a connection that does not take what is
 * written to it. SPEC 9.
 */
import { eventText } from '../../domain/server-event.ts'
import type { ExecutorStream } from '../../domain/stop/kill-switch.ts'
import type { StopState, StopStore } from '../../store/contract/stop-store.ts'
import type { TokenStore } from '../../store/contract/token-store.ts'
import type { Events, Uses } from '../deps.ts'
import { newId } from '../new-id.ts'
import { signedList } from '../reading/caches.ts'
import { encode, once } from './once.ts'
import { type ListSource, StatusLists } from './stream-lists.ts'
import { type ActiveSwitch, KEPT_MS, OVERLAP_MS, type StopEvent, StopOrders, textFor } from './stream-orders.ts'

export type StopReading = Omit<StopState, 'active'> & { readonly active: readonly ActiveSwitch[] }
export type KeptStream = Omit<ExecutorStream, 'process' | 'seenAtMs'>

export interface StreamWorld extends ListSource {
  readonly read: (sinceMs: number) => Promise<StopReading>
  /** Those of these credentials that still hold. */
  readonly inForce: (credentials: readonly string[]) => Promise<readonly string[]>
  /** Makes known which executors listen here. */
  readonly keep: (streams: readonly KeptStream[], nowMs: number) => Promise<void>
  readonly waitFor: Events['waitFor']
  readonly nowMs: () => number
  /** Whole milliseconds of a monotonic clock. */
  readonly upMs: () => number
  readonly newId: () => string
  /** 0 to 1. */
  readonly random: () => number
  readonly failed: (reason: string) => void
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
  isNew: boolean
}

interface Moment {
  readonly upMs: number
  readonly nowMs: number
}

/** Connections that one executor may hold open at one process. */
const MAX_CONNECTIONS = 128
const PERIOD_MS = 1000
const UPKEEP_MS = 5000
/** Within this time two steady clocks drift apart by too little to matter. Spread, so that not all reconnect at once. */
const LIFE_MS = { least: 240_000, spread: 120_000 }

export class StopStream {
  readonly #world: StreamWorld
  readonly #orders = new StopOrders()
  readonly #lists: StatusLists
  readonly #connections = new Set<Connection>()
  #following: Promise<void> | undefined
  #keeping: Promise<void> | undefined
  #nap = new AbortController()
  #beatAtMs = Number.NEGATIVE_INFINITY
  #keptAtMs = Number.NEGATIVE_INFINITY
  /** Who listens may have changed since it was last made known. */
  #isStale = true
  #isClosed = false

  constructor(world: StreamWorld) {
    this.#world = world
    this.#lists = new StatusLists(world)
  }

  /** Begins to send; returns how to stop. Null for an executor that has too many connections to this process. */
  open(listener: Listener, sink: Sink): (() => void) | null {
    const others = [...this.#connections].filter(({ executor }) => executor === listener.executor)
    if (this.#isClosed || others.length >= MAX_CONNECTIONS) return null
    const { upMs, nowMs } = this.#moment()
    const endsAtMs = upMs + LIFE_MS.least + this.#world.random() * LIFE_MS.spread
    const connection = { ...listener, id: this.#world.newId(), sink, sinceMs: nowMs, endsAtMs, isNew: true }
    this.#connections.add(connection)
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
    this.#nap.abort()
    await this.#following
  }

  #moment = (): Moment => ({ upMs: this.#world.upMs(), nowMs: this.#world.nowMs() })

  #drop(connection: Connection): void {
    if (this.#connections.delete(connection)) connection.sink.end()
  }

  #send(connection: Connection, text: Uint8Array): void {
    if (text.length > 0 && this.#connections.has(connection) && !connection.sink.write(text)) this.#drop(connection)
  }

  async #follow(): Promise<void> {
    while (this.#connections.size > 0) {
      this.#nap = new AbortController()
      // Before the reading begins: a change that is announced while it is under way may not be in it.
      const woken = this.#world.waitFor('control', PERIOD_MS, this.#nap.signal)
      await this.#look().catch(this.#failed)
      await woken
    }
    await this.#keeping
    this.#keptAtMs = Number.NEGATIVE_INFINITY
    await this.#world.keep([], this.#world.nowMs()).catch(() => {})
    this.#following = this.#connections.size > 0 ? this.#follow() : undefined
  }

  async #look(): Promise<void> {
    const moment = this.#moment()
    const present = [...this.#connections]
    const reading = await this.#world.read(this.#orders.sinceMs(moment.nowMs))
    const news = this.#orders.update(reading.active, reading.stops, moment.nowMs)
    const isTime = moment.upMs - this.#beatAtMs >= PERIOD_MS - 50
    const orders = this.#ordersOf(present, news, moment)
    const stale = this.#lists.stale(reading, moment.nowMs, isTime)
    // Orders that cut calls off do not wait for a list to be signed. Where none is, one write takes all.
    const isAhead = stale.length > 0
    const bytesOf = once(encode)
    if (isAhead) for (const [connection, text] of orders) this.#send(connection, bytesOf(text))
    const changed = await this.#lists.renew(stale, moment.nowMs)
    const isDue = isTime || changed !== ''
    const heartbeat = eventText('heartbeat', { up_ms: moment.upMs }, moment.nowMs)
    const withHeartbeat = once((text) => encode((isAhead ? '' : text) + changed + heartbeat))
    for (const [connection, text] of orders) {
      if (connection.isNew) this.#send(connection, encode((isAhead ? '' : text) + this.#lists.all() + heartbeat))
      else if (isDue || text !== '') this.#send(connection, withHeartbeat(text))
      connection.isNew = false
    }
    if (isDue) this.#beatAtMs = moment.upMs
    await this.#upkeep(moment, news.length > 0, isTime)
  }

  #ordersOf(connections: readonly Connection[], news: readonly StopEvent[], { nowMs }: Moment) {
    const newsOf = once((executor) => textFor(executor, news))
    return connections.map((connection) => {
      const { executor, isNew, lastEventId } = connection
      const sinceMs = lastEventId === undefined ? nowMs - KEPT_MS : lastEventId - OVERLAP_MS
      return [connection, isNew ? textFor(executor, this.#orders.all(sinceMs)) : newsOf(executor)] as const
    })
  }

  async #upkeep(moment: Moment, hasNews: boolean, isTime: boolean): Promise<void> {
    const ageMs = moment.upMs - this.#keptAtMs
    this.#isStale ||= hasNews || ageMs >= UPKEEP_MS
    if (!this.#isStale) return
    await this.#dismiss(moment)
    // Behind the news, unless there is news all the time.
    if (isTime && (!hasNews || ageMs >= 2 * UPKEEP_MS)) this.#keep(moment)
  }

  /** Ends connections that may listen no more. */
  async #dismiss({ upMs }: Moment): Promise<void> {
    const held = new Set([...this.#connections].map(({ credentialId }) => credentialId))
    const inForce = new Set(await this.#world.inForce([...held]))
    for (const connection of [...this.#connections]) {
      if (!inForce.has(connection.credentialId) || upMs >= connection.endsAtMs) this.#drop(connection)
    }
  }

  /** Makes the connections known. A row for each takes long, so no reading waits for it. */
  #keep({ upMs, nowMs }: Moment): void {
    if (this.#keeping) return
    this.#keptAtMs = upMs
    this.#isStale = false
    this.#keeping = this.#world
      .keep([...this.#connections].map(keptOf), nowMs)
      .catch((error) => {
        this.#isStale = true
        this.#failed(error)
      })
      .finally(() => {
        this.#keeping = undefined
      })
  }

  #failed = (error: unknown): void => this.#world.failed(error instanceof Error ? error.message : String(error))
}

const keptOf = ({ id, executor, sinceMs, sink }: Connection): KeptStream => ({
  connection: id,
  executor,
  sinceMs,
  lagMs: sink.lagMs(),
})

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
    read: (sinceMs) => store.stopState({ now: now(), sinceMs }),
    inForce: (ids) => store.credentialsInForce({ ids, now: now() }),
    keep: (streams, atMs) => store.keepStreams({ process, streams, nowMs: atMs }),
    waitFor: events.waitFor,
    nowMs,
    upMs,
    newId: () => newId(randomBytes),
    random: () => new DataView(randomBytes(4).buffer).getUint32(0) / 2 ** 32,
    failed: (reason) => log.warn('stream.failed', { reason }),
  })
}
