/**
 * The upkeep of the executors' event stream: ends connections that may listen no more, and makes known which executors
 * listen. It follows the news at a distance, since its statements would take processors and database from the sending.
 * SPEC 9.
 */
import type { ExecutorStream } from '../../domain/stop/kill-switch.ts'
import type { Events } from '../deps.ts'

export type KeptStream = Omit<ExecutorStream, 'process' | 'seenAtMs'>

export interface UpkeepWorld {
  /** Those of these credentials that still hold. */
  readonly inForce: (credentials: readonly string[]) => Promise<readonly string[]>
  /** Makes known that these listen here. `connections`: all that do; others are forgotten. */
  readonly keep: (streams: readonly KeptStream[], nowMs: number, connections: readonly string[]) => Promise<void>
  readonly waitFor: Events['waitFor']
  readonly nowMs: () => number
  readonly failed: (reason: string) => void
}

interface Connection extends Omit<KeptStream, 'connection' | 'lagMs'> {
  readonly id: string
  readonly credentialId: string
  readonly endsAtMs: number
  readonly sink: { readonly lagMs: () => number }
}

/** By the process's steady clock, and by the wall clock. */
export interface Moment {
  readonly upMs: number
  readonly nowMs: number
}

const PERIOD_MS = 5000
/** Longer than it takes to tell thousands of executors. */
export const BEHIND_NEWS_MS = 100

/** Rows of a thousand streams at once take processors for longer than it takes to tell them of a stop. */
const PORTION = { least: 100, count: 20, pauseMs: 100 }

export class StreamUpkeep<One extends Connection> {
  readonly #world: UpkeepWorld
  readonly #connections: ReadonlySet<One>
  readonly #drop: (connection: One) => void
  readonly #closing = new AbortController()
  #running: Promise<void> | undefined
  #keeping: Promise<void> | undefined
  #keptAtMs = Number.NEGATIVE_INFINITY
  /** Who listens may have changed since it was last made known. */
  #isStale = true

  constructor(world: UpkeepWorld, connections: ReadonlySet<One>, drop: (connection: One) => void) {
    this.#world = world
    this.#connections = connections
    this.#drop = drop
  }

  /** Begins what is due, one run at a time; nothing waits for it. `isTime`: a heartbeat was due, too. */
  follow(moment: Moment, hasNews: boolean, isTime: boolean): void {
    const ageMs = moment.upMs - this.#keptAtMs
    this.#isStale ||= hasNews || ageMs >= PERIOD_MS
    if (!this.#isStale || this.#running) return
    // At a heartbeat without news, unless there is news all the time.
    const keeps = isTime && !this.#keeping && (!hasNews || ageMs >= 2 * PERIOD_MS)
    this.#running = this.#run(moment, hasNews ? BEHIND_NEWS_MS : 0, keeps)
      .catch(this.#failed)
      .finally(() => {
        this.#running = undefined
      })
  }

  /** Waits for no news any more. */
  close(): void {
    this.#closing.abort()
  }

  /** Makes known that nobody listens. */
  async end(): Promise<void> {
    await this.#running
    await this.#keeping
    this.#keptAtMs = Number.NEGATIVE_INFINITY
    await this.#world.keep([], this.#world.nowMs(), []).catch(() => {})
  }

  async #run(moment: Moment, pauseMs: number, keeps: boolean): Promise<void> {
    await this.#world.waitFor('upkeep', pauseMs, this.#closing.signal)
    // News from here on needs another run.
    if (keeps) this.#isStale = false
    await this.#dismiss(moment)
    if (keeps) this.#keep(moment)
  }

  /** Ends connections whose credential no longer holds, or whose time is up. */
  async #dismiss({ upMs }: Moment): Promise<void> {
    const asked = [...this.#connections]
    const inForce = new Set(await this.#world.inForce([...new Set(asked.map(({ credentialId }) => credentialId))]))
    for (const connection of asked)
      if (!inForce.has(connection.credentialId) || upMs >= connection.endsAtMs) this.#drop(connection)
  }

  /** Makes the connections known. A row for each takes long, so no dismissal waits for it. */
  #keep({ upMs }: Moment): void {
    this.#keptAtMs = upMs
    this.#keeping = this.#keepAll()
      .catch(this.#failed)
      .finally(() => {
        this.#keeping = undefined
      })
  }

  /** In portions with pauses, so that a stop never waits for more than one of them. */
  async #keepAll(): Promise<void> {
    const all = [...this.#connections]
    const size = Math.max(PORTION.least, Math.ceil(all.length / PORTION.count))
    for (let from = 0; from < all.length; from += size) {
      const stillThere = () => all.slice(from, from + size).filter((one) => this.#connections.has(one))
      if (stillThere().length === 0) continue
      if (from > 0) await this.#world.waitFor('upkeep', PORTION.pauseMs, this.#closing.signal)
      const connections = Array.from(this.#connections, ({ id }) => id)
      await this.#world.keep(stillThere().map(keptOf), this.#world.nowMs(), connections)
    }
  }

  #failed = (error: unknown): void => {
    this.#isStale = true
    this.#world.failed(reasonOf(error))
  }
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const keptOf = ({ id, executor, sinceMs, sink }: Connection): KeptStream => ({
  connection: id,
  executor,
  sinceMs,
  lagMs: sink.lagMs(),
})
