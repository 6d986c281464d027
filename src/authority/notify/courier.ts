/**
 * The courier: plans what is due, and delivers it, beside everything else the process does.
 *
 * In: the store, ways out, a clock. Out: one pass for runtimes that are woken, or a loop that works until stopped.
 * Any number of processes may run one. Channels have room of their own: a mail server that hangs holds up mail alone.
 * Nobody waits for it, and what it does not get done is in the database. SPEC 13.
 */
import { CHANNELS, type Channel, type Taken } from '../../domain/notify/delivery.ts'
import { type Facts, planNotices } from '../../domain/notify/plan.ts'
import { secondsToRetry } from '../../domain/notify/retry.ts'
import { HOUR_SECONDS, type RingRules } from '../../domain/notify/ring.ts'
import type { NotifyStore } from '../../store/contract/notify-store.ts'
import { send, type Ways } from './deliver.ts'

export interface CourierParts {
  readonly store: NotifyStore
  readonly ways: Ways
  readonly rules: RingRules
  readonly newId: () => string
  /** From 0 to 1. */
  readonly random: () => number
  /** Epoch seconds. */
  readonly now: () => number
  /** Resolves when there may be something new, or after `timeoutMs`. */
  readonly woken: (timeoutMs: number, signal: AbortSignal) => Promise<void>
  /** Told of a delivery that ended, and of a pass that failed. */
  readonly ended: (taken: Taken, result: 'delivered' | 'failed', problem: string | null) => void
  readonly failed: (error: unknown) => void
}

export interface Courier {
  /** Plans what is due and attempts every delivery that is, until none is left. */
  readonly run: () => Promise<void>
  /** Works until stopped. Stopping lets attempts under way end. */
  readonly start: () => () => Promise<void>
}

const NOTICES_AT_ONCE = 200
/** Longer than any attempt may take. */
const LEASE_SECONDS = 60
const LOOK_EVERY_MS = 1000
/** How many attempts of each channel may be under way. */
const ROOM: Readonly<Record<Channel, number>> = { push: 16, mail: 4, webhook: 16 }
const LOG_LIFE_SECONDS = 30 * 86_400
const FORGET_EVERY_SECONDS = 3600

export function createCourier(parts: CourierParts): Courier {
  const { store, rules, newId, now } = parts
  let forgotAt = 0

  async function plan(): Promise<void> {
    const planner = (facts: Facts) => planNotices(facts, rules, newId)
    const input = () => ({ now: now(), limit: NOTICES_AT_ONCE, ringsSince: now() - HOUR_SECONDS })
    while ((await store.planNotices(input(), planner)) === NOTICES_AT_ONCE);
    if (now() - forgotAt < FORGET_EVERY_SECONDS) return
    forgotAt = now()
    await store.forgetDeliveries(now() - LOG_LIFE_SECONDS)
  }

  const take = (room: Readonly<Record<Channel, number>>) =>
    store.takeDeliveries({ room, now: now(), leaseSeconds: LEASE_SECONDS })

  async function run(): Promise<void> {
    await plan()
    for (let due = await take(ROOM); due.length > 0; due = await take(ROOM)) {
      await Promise.all(due.map((taken) => deliver(parts, taken)))
    }
  }

  return { run, start: () => startLoop(parts, plan, take) }
}

async function deliver({ store, ways, now, random, ended }: CourierParts, taken: Taken): Promise<void> {
  const attempt = await send(taken, ways, now())
  if (attempt.result !== 'again') {
    await store.settleDelivery(taken, attempt, now())
    return ended(taken, attempt.result, attempt.result === 'failed' ? attempt.problem : null)
  }
  const seconds = secondsToRetry(taken.attempts, random(), attempt.afterSeconds)
  if (seconds !== null && !comesTooLate(taken, now() + seconds)) {
    return store.settleDelivery(taken, { result: 'again', problem: attempt.problem, at: now() + seconds }, now())
  }
  await store.settleDelivery(taken, { result: 'failed', problem: attempt.problem }, now())
  ended(taken, 'failed', attempt.problem)
}

/** Nobody is rung for what can no longer be answered. A program is told even so. */
const comesTooLate = ({ channel, message }: Taken, at: number): boolean =>
  channel !== 'webhook' &&
  message.kind.startsWith('request.') &&
  message.kind !== 'request.expired' &&
  'asked' in message &&
  message.asked.expiresAt <= at

function startLoop(
  parts: CourierParts,
  plan: () => Promise<void>,
  take: (room: Readonly<Record<Channel, number>>) => Promise<readonly Taken[]>,
): () => Promise<void> {
  const stopping = new AbortController()
  const underWay: Record<Channel, Set<Promise<void>>> = { push: new Set(), mail: new Set(), webhook: new Set() }

  function begin(taken: Taken): void {
    const attempts = underWay[taken.channel]
    const attempt = deliver(parts, taken)
      .catch(parts.failed)
      .finally(() => attempts.delete(attempt))
    attempts.add(attempt)
  }

  /** Full channels are looked at again when an attempt of theirs has ended. */
  async function turn(): Promise<readonly Promise<void>[]> {
    await plan()
    const room = { push: 0, mail: 0, webhook: 0 }
    for (const channel of CHANNELS) room[channel] = ROOM[channel] - underWay[channel].size
    for (const taken of await take(room)) begin(taken)
    return CHANNELS.filter((channel) => underWay[channel].size >= ROOM[channel]).flatMap((channel) => [
      ...underWay[channel],
    ])
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      const full = await turn().catch((error) => {
        parts.failed(error)
        return []
      })
      await Promise.race([parts.woken(LOOK_EVERY_MS, stopping.signal), ...full])
    }
    await Promise.all(Object.values(underWay).flatMap((attempts) => [...attempts]))
  }

  const ended = loop()
  return () => {
    stopping.abort()
    return ended
  }
}
