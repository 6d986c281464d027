/**
 * Runs the log: sequence, integrate, publish, one process at a time.
 *
 * In: the log's store and key, a clock. Out: a runner that stands for the office of sequencer and repeats the three
 * steps. Each step commits on its own and starts from the result of the one before, so a process that dies at any point
 * leaves its work to the next one, and nothing is done twice. The office saves work; correctness does not depend on it.
 * SPEC 8.
 */
import type { SignedCheckpoint } from '../../domain/ledger/checkpoint-signing.ts'
import type { LogKey } from '../../domain/ledger/log-key.ts'
import type { LogStore } from '../../store/contract/log-store.ts'
import { checkLog } from './check-log.ts'
import { INTEGRATE_AT_ONCE, integrate } from './integrate.ts'
import { publish } from './publish.ts'

export interface LogParts {
  readonly store: LogStore
  readonly key: LogKey
  /** Epoch seconds. */
  readonly now: () => number
  /** Called with every checkpoint once it is stored; not waited for. */
  readonly published: (checkpoint: SignedCheckpoint) => void
  /** Called with the error of a failed pass; the next pass tries again. */
  readonly failed: (error: unknown) => void
}

export interface LogRunner {
  /** One pass: the three steps for everything committed so far. Returns how many entries were sequenced. */
  readonly advance: () => Promise<number>
  /** The same for platforms that cannot hold the office: processes take turns, and calls close together share one. */
  readonly advanceInTurn: () => Promise<void>
  /** True when so many entries wait that no new work should be accepted; measured after each pass. */
  readonly isFull: () => boolean
  /** Runs until stopped. Stopping waits for the current pass. */
  readonly start: () => () => Promise<void>
}

export const BATCH = 256
export const MAX_OUTSTANDING = 4096
const EVERY_MS = 250
/** Interval at which other processes try to be elected, so that a vacant office is filled well within two seconds. */
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
    // A turn that began meanwhile has included the entries of this call.
    if (turnAt > askedAt) return
    turnAt = performance.now()
    await store.inTurn(async () => void (await advance()))
    await measure()
  }
  return { advance, advanceInTurn, isFull: () => full, start: () => startLoop(parts, measure) }
}

async function pass({ store, key, now, published }: LogParts): Promise<number> {
  let sequenced = 0
  for (let batch = BATCH; batch === BATCH && sequenced < INTEGRATE_AT_ONCE; sequenced += batch) {
    batch = await store.sequence(BATCH)
  }
  while ((await integrate(store)) === INTEGRATE_AT_ONCE);
  const checkpoint = await publish(store, key, now())
  if (checkpoint) published(checkpoint)
  return sequenced
}

function startLoop(parts: LogParts, measure: () => Promise<void>): () => Promise<void> {
  const candidacy = parts.store.candidacy()
  const stopping = new AbortController()
  let wasElected = false

  /** Checks the log once on taking over the office from another process. */
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
