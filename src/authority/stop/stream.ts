/**
 * The event stream to executors, as one process sends it: what is to be stopped, what was revoked, and a heartbeat.
 *
 * In: readings of the state, wake-ups. Out: text to every connection. State, not events, is the truth: at each wake-up
 * and each second the state is read in one statement, what is new in it is sent, and only then a heartbeat, which says
 * when that reading began by this process's steady clock. So nothing that fails or hangs makes old news look young.
 * Reads nothing while nobody listens, and keeps nothing for who does not take it. SPEC 9.
 */
import { eventText } from '../../domain/server-event.ts'
import { createLists, type ListSource, type RevokedCounts } from './stream-lists.ts'
import { createOrders, KEPT_MS, OVERLAP_MS, type StandingSwitch, type StopOrder, textFor } from './stream-orders.ts'

export interface ControlReading extends RevokedCounts {
  readonly standing: readonly StandingSwitch[]
  readonly stops: readonly StopOrder[]
}

export interface KeptStream {
  readonly connection: string
  readonly executor: string
  readonly sinceMs: number
  readonly lagMs: number
}

/** What the feed reads from the world. */
export interface FeedWorld extends ListSource {
  readonly read: (sinceMs: number) => Promise<ControlReading>
  /** Those of these credentials that still hold. */
  readonly inForce: (credentials: readonly string[]) => Promise<readonly string[]>
  /** Says who listens here. */
  readonly keep: (streams: readonly KeptStream[], nowMs: number) => Promise<void>
  readonly waitFor: (topic: string, timeoutMs: number, signal: AbortSignal) => Promise<void>
  readonly nowMs: () => number
  /** Whole milliseconds by a clock that nobody sets. */
  readonly upMs: () => number
  readonly newId: () => string
  /** 0 to 1. */
  readonly random: () => number
  readonly failed: (reason: string) => void
}

/** Where the events of one connection go. */
export interface Sink {
  /** False where the reader takes too little of what was written, or is gone. */
  readonly write: (text: string) => boolean
  /** How long what was written has waited to be taken, in milliseconds. */
  readonly lagMs: () => number
  readonly end: () => void
}

export interface Listener {
  readonly executor: string
  readonly credentialId: string
  /** Epoch milliseconds: the id of the last event that was read. */
  readonly lastEventId?: number | undefined
}

export interface Feed {
  /** Begins to send; returns how to stop. Null for an executor that has too many connections to this process. */
  readonly open: (listener: Listener, sink: Sink) => (() => void) | null
  /** Resolves when nobody listens any more. */
  readonly idle: () => Promise<void>
  /** Ends all connections, and takes no new ones. */
  readonly close: () => Promise<void>
}

interface Connection extends Listener {
  readonly id: string
  readonly sink: Sink
  readonly sinceMs: number
  readonly endsAtMs: number
  isNew: boolean
}

/** What one executor may hold open at one process. */
const MAX_CONNECTIONS = 128
const PERIOD_MS = 1000
const UPKEEP_MS = 5000
/** Two steady clocks drift apart: within so long by less than matters. Spread, so that not all come again at once. */
const LIFE_MS = { least: 240_000, spread: 120_000 }

export function createFeed(world: FeedWorld): Feed {
  const orders = createOrders()
  const lists = createLists(world)
  const connections = new Set<Connection>()
  let following: Promise<void> | undefined
  let nap = new AbortController()
  let beatAtMs = Number.NEGATIVE_INFINITY
  let keptAtMs = Number.NEGATIVE_INFINITY
  let isClosed = false

  const drop = (connection: Connection): void => {
    if (connections.delete(connection)) connection.sink.end()
  }
  const send = (connection: Connection, text: string): void => {
    if (text !== '' && connections.has(connection) && !connection.sink.write(text)) drop(connection)
  }

  async function look(): Promise<void> {
    const [upMs, nowMs] = [world.upMs(), world.nowMs()]
    const present = [...connections]
    const reading = await world.read(orders.sinceMs(nowMs))
    const news = orders.take(reading.standing, reading.stops, nowMs)
    const concerned = new Set<Connection>()
    for (const connection of present) {
      const { executor, isNew, lastEventId } = connection
      const sinceMs = lastEventId === undefined ? nowMs - KEPT_MS : lastEventId - OVERLAP_MS
      const text = textFor(executor, isNew ? orders.all(sinceMs) : news)
      if (isNew || text !== '') concerned.add(connection)
      // What cuts calls off goes ahead of lists that have to be signed.
      send(connection, text)
    }
    const changed = await lists.renew(reading, nowMs)
    const heartbeat = eventText('heartbeat', { up_ms: upMs }, nowMs)
    const isDue = upMs - beatAtMs >= PERIOD_MS - 50 || changed !== ''
    for (const connection of isDue ? present : concerned) {
      send(connection, (connection.isNew ? lists.all() : changed) + heartbeat)
      connection.isNew = false
    }
    if (isDue) beatAtMs = upMs
    if (news.length > 0 || upMs - keptAtMs >= UPKEEP_MS) await upkeep(upMs, nowMs)
  }

  /** Ends who may listen no more, and says who does. */
  async function upkeep(upMs: number, nowMs: number): Promise<void> {
    const inForce = new Set(await world.inForce([...new Set([...connections].map(credentialOf))]))
    for (const connection of [...connections]) {
      if (!inForce.has(connection.credentialId) || upMs >= connection.endsAtMs) drop(connection)
    }
    await world.keep([...connections].map(keptOf), nowMs)
    keptAtMs = upMs
  }

  async function follow(): Promise<void> {
    while (connections.size > 0) {
      nap = new AbortController()
      // Before the reading begins: what is announced while it is under way may not be in it.
      const woken = world.waitFor('control', PERIOD_MS, nap.signal)
      await look().catch((error) => world.failed(error instanceof Error ? error.message : String(error)))
      await woken
    }
    keptAtMs = Number.NEGATIVE_INFINITY
    await world.keep([], world.nowMs()).catch(() => {})
    following = connections.size > 0 ? follow() : undefined
  }

  return {
    open(listener, sink) {
      const mine = [...connections].filter(({ executor }) => executor === listener.executor)
      if (isClosed || mine.length >= MAX_CONNECTIONS) return null
      const upMs = world.upMs()
      const endsAtMs = upMs + LIFE_MS.least + world.random() * LIFE_MS.spread
      const connection = { ...listener, id: world.newId(), sink, sinceMs: world.nowMs(), endsAtMs, isNew: true }
      connections.add(connection)
      send(connection, eventText('opened', { up_ms: upMs, connection: connection.id }))
      following ??= follow()
      nap.abort()
      return () => drop(connection)
    },
    async idle() {
      while (following) await following
    },
    async close() {
      isClosed = true
      for (const connection of [...connections]) drop(connection)
      nap.abort()
      await following
    },
  }
}

const credentialOf = ({ credentialId }: Connection): string => credentialId
const keptOf = ({ id, executor, sinceMs, sink }: Connection): KeptStream => ({
  connection: id,
  executor,
  sinceMs,
  lagMs: sink.lagMs(),
})
