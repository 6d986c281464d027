/**
 * The log at work: sequence, integrate, publish, one process at a time.
 *
 * In: the log's store and key, a clock. Out: a runner that stands for the office and does the three steps in turn.
 * Each step commits on its own, and each begins by finding what the one before it left: who dies at any point leaves
 * work for the next, and nothing twice. The office only saves work; the steps would be right without it. SPEC 8.
 */

import type { LogKey } from '../../domain/ledger/log-key.ts'
import type { HashNode } from '../../domain/ledger/tile-tree.ts'
import type { LogStore, StoredCheckpoint } from '../../store/contract/log-store.ts'
import { checkLog } from './check-log.ts'
import { INTEGRATE_AT_ONCE, integrate } from './integrate.ts'
import { publish } from './publish.ts'

export interface LogParts {
  readonly store: LogStore
  readonly key: LogKey
  /** Where the platform hashes without waiting. */
  readonly hashNode?: HashNode | undefined
  /** Epoch seconds. */
  readonly now: () => number
  /** Told of every checkpoint once it is stored; not waited for. */
  readonly published: (checkpoint: StoredCheckpoint) => void
  /** Told of a pass that failed; the next one tries again. */
  readonly failed: (error: unknown) => void
}

export interface LogRunner {
  /** One pass: all three steps for what is committed now. Returns how many entries were sequenced. */
  readonly advance: () => Promise<number>
  /** The same, in turn with other processes that cannot hold the office; calls that come close together share one. */
  readonly advanceInTurn: () => Promise<void>
  /** Whether so many entries wait that no new work should be taken, as of a moment ago. */
  readonly isFull: () => boolean
  /** Works until stopped. Stopping lets the pass at hand end. */
  readonly start: () => () => Promise<void>
}

export const BATCH = 256
export const MAX_OUTSTANDING = 4096
const EVERY_MS = 250
/** How often those who are not elected stand again: a vacant office is filled well within two seconds. */
const STAND_EVERY_MS = 500

export function createLogRunner(parts: LogParts): LogRunner {
  const { store } = parts
  let full = false
  let turnAt = Number.NEGATIVE_INFINITY

  async function measure(): Promise<void> {
    full = (await store.outstanding(MAX_OUTSTANDING + 1)) > MAX_OUTSTANDING
  }
  const advance = () => pass(parts)

  async function advanceInTurn(): Promise<void> {
    const askedAt = performance.now()
    await pause(turnAt + EVERY_MS - askedAt)
    // Another call's turn, begun meanwhile, took in what this one wrote.
    if (turnAt > askedAt) return
    turnAt = performance.now()
    await store.inTurn(async () => void (await advance()))
    await measure()
  }
  return { advance, advanceInTurn, isFull: () => full, start: () => startLoop(parts, measure) }
}

async function pass({ store, key, hashNode, now, published }: LogParts): Promise<number> {
  let sequenced = 0
  for (let batch = BATCH; batch === BATCH && sequenced < INTEGRATE_AT_ONCE; sequenced += batch) {
    batch = await store.sequence(BATCH)
  }
  while ((await integrate(store, hashNode)) === INTEGRATE_AT_ONCE);
  const checkpoint = await publish(store, key, now(), hashNode)
  if (checkpoint) published(checkpoint)
  return sequenced
}

function startLoop(parts: LogParts, measure: () => Promise<void>): () => Promise<void> {
  const candidacy = parts.store.candidacy()
  const stopping = new AbortController()
  let wasElected = false

  /** What was written while another held the office is checked once, on taking over. */
  async function turn(): Promise<number> {
    const elected = await candidacy.stand()
    if (elected && !wasElected) await checkLog(parts.store, parts.key)
    wasElected = elected
    const sequenced = elected ? await pass(parts) : 0
    await measure()
    return sequenced >= INTEGRATE_AT_ONCE ? 0 : elected ? EVERY_MS : STAND_EVERY_MS
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      const startedAt = performance.now()
      const waitMs = await turn().catch(async (error) => {
        parts.failed(error)
        await measure().catch(() => {})
        return STAND_EVERY_MS
      })
      await pause(Math.max(0, waitMs - (performance.now() - startedAt)), stopping.signal)
    }
    await candidacy.withdraw()
  }

  const ended = loop()
  return () => {
    stopping.abort()
    return ended
  }
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (milliseconds <= 0) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', done)
    if (signal?.aborted) done()
  })
}
