/**
 * Runs the log: sequence, integrate, publish, and index behind it, one process at a time. Each step commits on its own
 * and starts from the result of the one before, so a process that dies at any point leaves its work to the next one, and
 * nothing is done twice. Electing one sequencer saves work; correctness does not depend on it. SPEC 8; C2SP
 * tlog-checkpoint.
 */
import { openCheckpoint } from '@countersign/verifier/proof'
import { freshRequests, growthOf } from '../../domain/ledger/growth.ts'
import { type LogKey, noteKeysOf, type SignedCheckpoint, signCheckpoint } from '../../domain/ledger/log-key.ts'
import { firstWithin, TEXT_TOGETHER } from '../../domain/ledger/portions.ts'
import { rootAt } from '../../domain/ledger/prove.ts'
import { leavesWithin, type ReadLeaf, readLeaves } from '../../domain/ledger/read-leaf.ts'
import { edgePlaces, LogDisagreement } from '../../domain/ledger/tile-tree.ts'
import { othersTurn } from '../../domain/turns.ts'
import type { LogStanding, LogStore } from '../../store/contract/log-store.ts'
import type { Deps } from '../deps.ts'
import { checkLog } from './check-log.ts'
import { createIndexBehind, type IndexBehind } from './index-behind.ts'

export interface LogParts extends Pick<Deps, 'now'> {
  readonly store: LogStore
  readonly key: LogKey
  /** Called with the size of the tree before its checkpoint is published. */
  readonly sealed: (size: number) => Promise<void>
  /** Called with every checkpoint once it is stored; not waited for. */
  readonly published: (checkpoint: SignedCheckpoint) => void
  /** Called with the error of a failed pass; the next pass tries again. */
  readonly failed: (error: unknown) => void
}

export interface LogRunner {
  /** One pass: all steps for everything committed so far. Returns how many entries were sequenced. */
  readonly advance: () => Promise<number>
  /** The same for platforms that cannot hold the office: processes take turns, and calls close together share one. */
  readonly advanceInTurn: () => Promise<void>
  /** True when so many entries wait that no new work should be accepted; measured before each pass. */
  readonly isFull: () => boolean
  /** Runs until stopped. Stopping waits for the current pass. */
  readonly start: () => () => Promise<void>
}

export const BATCH = 512
export const MAX_OUTSTANDING = 4096
const EVERY_MS = 250
/** Interval at which other processes try to be elected, so that a vacant office is filled well within two seconds. */
const STAND_EVERY_MS = 500

export function createLogRunner(parts: LogParts): LogRunner {
  const { store } = parts
  let full = false
  let turnAt = Number.NEGATIVE_INFINITY

  async function measure(): Promise<LogStanding> {
    const standing = await store.standing(MAX_OUTSTANDING + 1)
    full = standing.outstanding > MAX_OUTSTANDING
    return standing
  }
  // Keeps nothing for the next pass: the database may have been restored from a backup between two turns.
  const advance = () => pass(parts, createIndexBehind(store))

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

async function pass({ store, key, now, sealed, published }: LogParts, indexBehind: IndexBehind): Promise<number> {
  const sequenced: ReadLeaf[] = []
  for (let batch = BATCH; batch === BATCH && sequenced.length < INTEGRATE_AT_ONCE; ) {
    const leaves = await store.sequence(BATCH)
    sequenced.push(...leaves)
    batch = leaves.length
  }
  while ((await integrate(store, sequenced)) > 0);
  await sealed(await store.treeSize())
  const checkpoint = await publish(store, key, now())
  if (checkpoint) published(checkpoint)
  await indexBehind(sequenced)
  return sequenced.length
}

/** Four batches of the sequencer: few enough to keep a transaction short. */
export const INTEGRATE_AT_ONCE = 2048

/**
 * Sequenced entries join the tree, in one transaction: fewer where their requests say much. Those that are not among the
 * `known` leaves are read. Returns how many.
 */
export async function integrate(store: LogStore, known: readonly ReadLeaf[] = []): Promise<number> {
  const size = await store.treeSize()
  const found = await leavesAt(store, known, size)
  if (found.length === 0) return 0
  const edge = await store.tiles(edgePlaces(size))
  // Another process that grew the tree meanwhile may have grown these tiles with it.
  if ((await store.treeSize()) !== size) return 0
  const sizes = await store.textSizes(freshRequests(found))
  const read = firstWithin(found, ({ request }) => request, sizes, TEXT_TOGETHER)
  const texts = await store.texts(freshRequests(read))
  const growth = await growthOf({ size, edge }, read, texts, othersTurn).catch(async (error) => {
    // Tiles that were read after another process grew them fit another size.
    if (error instanceof LogDisagreement && (await store.treeSize()) !== size) return undefined
    throw error
  })
  if (!growth) return 0
  return (await store.grow(growth)) ? read.length : 0
}

async function leavesAt(store: LogStore, known: readonly ReadLeaf[], size: number): Promise<readonly ReadLeaf[]> {
  const span = { from: size, limit: INTEGRATE_AT_ONCE }
  const within = leavesWithin(known, span)
  if (within.length > 0) return within
  const leaves = await store.leaves(span)
  if (leaves.some(({ index }, n) => index !== size + n)) {
    throw new LogDisagreement(`The log has a gap at leaf ${size} or soon after it.`)
  }
  return readLeaves(leaves)
}

/**
 * Signs a checkpoint of the tree and stores it by compare-and-swap on the size before, so one process publishes each size.
 * Undefined where there is nothing new. Refuses to continue from a checkpoint that it cannot verify.
 */
export async function publish(store: LogStore, key: LogKey, now: number): Promise<SignedCheckpoint | undefined> {
  const published = await store.checkpoint('published')
  const before = published?.size ?? 0
  const size = await store.treeSize()
  if (size <= before) return undefined
  if (published) await openCheckpoint(published.note, noteKeysOf(key))
  const root = await rootAt(size, store)
  const next = await signCheckpoint(size, root, key, now)
  return (await store.replaceCheckpoint({ kind: 'published', before, next })) ? next : undefined
}

/** Whether a pass would find nothing to do. */
const isSettled = ({ outstanding, sequenced, grown, sealed, published, unindexed }: LogStanding): boolean =>
  outstanding === 0 && !unindexed && [grown, sealed, published].every((size) => size === sequenced)

function startLoop(parts: LogParts, measure: () => Promise<LogStanding>): () => Promise<void> {
  const candidacy = parts.store.candidacy()
  const stopping = new AbortController()
  let wasElected = false
  let indexBehind = createIndexBehind(parts.store)
  /** As it was before the last pass, which verified it or put another one in its place. */
  let seal: string | null | undefined

  /** Checks the log once on taking over the office from another process. */
  async function turn(): Promise<number> {
    const elected = await candidacy.stand()
    if (elected && !wasElected) {
      await checkLog(parts.store, parts.key)
      indexBehind = createIndexBehind(parts.store)
    }
    wasElected = elected
    const standing = await measure()
    if (!elected) return STAND_EVERY_MS
    // One statement in place of the nine of a pass, four times a second while nothing is written.
    if (isSettled(standing) && standing.seal === seal) return EVERY_MS
    const sequenced = await pass(parts, indexBehind)
    seal = standing.seal
    return sequenced >= INTEGRATE_AT_ONCE ? 0 : EVERY_MS
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
