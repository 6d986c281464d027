/** Lists kill switches: the active ones, the executors that confirmed them, and those that have yet to. SPEC 9. */

import type { Caller } from '../../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Confirmation, ExecutorStream, KillSwitch } from '../../domain/stop/kill-switch.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { Deps, Uses } from '../deps.ts'
import { notFound } from '../refusals.ts'
import { type TargetStore, type UnknownTarget, unknownTargets } from './unknown-targets.ts'

type WatchNeeds = Uses<StopStore, 'nowMs'>

/** A switch, its confirmations, and the connected executors that have not confirmed it. */
export interface WatchedSwitch {
  readonly killswitch: KillSwitch
  readonly confirmations: readonly Confirmation[]
  readonly awaited: readonly string[]
  /** What it names and nobody knows; empty once it is released. */
  readonly unknown: readonly UnknownTarget[]
}

/** Refuses: `not_found`. */
export async function findKillSwitch({ store }: Uses<StopStore>, id: string): Promise<Result<KillSwitch>> {
  const found = await store.killSwitch(id)
  return found ? ok(found) : notFound()
}

/** Refuses: `not_found`. */
export async function watchKillSwitch(
  deps: WatchNeeds & Uses<TargetStore, 'config'>,
  id: string,
): Promise<Result<WatchedSwitch>> {
  const found = await findKillSwitch(deps, id)
  if (!found.ok) return found
  const { selector, releasedAtMs } = found.value
  const [confirmations, streams, unknown] = await Promise.all([
    deps.store.confirmations(id),
    connectedExecutors(deps),
    releasedAtMs === null ? unknownTargets(deps, selector) : [],
  ])
  const awaited = awaitedExecutors(found.value, confirmations, streams)
  return ok({ killswitch: found.value, confirmations, awaited, unknown })
}

function awaitedExecutors(
  { selector, releasedAtMs }: KillSwitch,
  confirmations: readonly Confirmation[],
  streams: readonly ExecutorStream[],
): readonly string[] {
  if (releasedAtMs !== null) return []
  const confirmed = new Set(confirmations.map(({ executor }) => executor))
  const concerned = streams.map(({ executor }) => executor).filter((name) => name === (selector.executor ?? name))
  return [...new Set(concerned)].filter((name) => !confirmed.has(name))
}

export const connectedExecutors = ({ store, nowMs }: WatchNeeds): Promise<readonly ExecutorStream[]> =>
  store.connectedExecutors(nowMs())

/**
 * An executor says that a stop reached it. Its first confirmation on a connection counts. Refuses: `forbidden`,
 * `not_found`.
 */
export async function confirmStop(
  { store, nowMs, log }: WatchNeeds & Pick<Deps, 'log'>,
  caller: Caller,
  confirmation: { readonly stop: number; readonly connection: string; readonly aborted: number },
): Promise<Result<true>> {
  if (caller.kind !== 'executor') return refuse('forbidden', 'Only executors confirm that a stop reached them.')
  const executor = caller.executor.audience
  const isKnown = await store.confirmStop({ ...confirmation, executor, atMs: nowMs() })
  if (!isKnown) return notFound()
  log.info('stop.confirmed', { executor, ...confirmation })
  return ok(true)
}
