/**
 * The courier: plans due notices and delivers them, beside everything else that the process does. Any number of
 * processes may run one. Each channel has its own room: a mail server that hangs delays mail alone. Unfinished work
 * stays in the database. SPEC 13.
 */
import { CHANNEL_NAMES, type Channel } from '../../domain/notify/channels.ts'
import type { Attempt, DeliveryResult, LeasedDelivery } from '../../domain/notify/delivery.ts'
import { secondsToRetry } from '../../domain/notify/delivery.ts'
import { type Facts, planNotices } from '../../domain/notify/plan.ts'
import { HOUR_SECONDS, type RingRules } from '../../domain/notify/ring.ts'
import type { ChannelRoom, NotifyStore } from '../../store/contract/notify-store.ts'
import type { Deps } from '../deps.ts'
import { channelTable, deliver } from './deliver.ts'
import type { Transports } from './transports.ts'

export interface CourierParts extends Pick<Deps, 'now'> {
  readonly store: NotifyStore
  readonly transports: Transports
  readonly rules: RingRules
  readonly newId: () => string
  readonly random: () => number
  /** Resolves when there may be something new, or after `timeoutMs`. */
  readonly woken: (timeoutMs: number, signal: AbortSignal) => Promise<void>
  readonly ended: (delivery: LeasedDelivery, result: 'delivered' | 'failed', problem: string | null) => void
  readonly failed: (error: unknown) => void
}

export interface Courier {
  readonly run: () => Promise<void>
  /** Runs until stopped. Stopping waits for attempts under way. */
  readonly start: () => () => Promise<void>
}

const NOTICES_AT_ONCE = 200
/** Longer than any attempt may take. */
const LEASE_SECONDS = 60
const LOOK_EVERY_MS = 1000
const LOG_LIFE_SECONDS = 30 * 86_400
const FORGET_EVERY_SECONDS = 3600

const roomsOf = (most: (channel: Channel) => number): readonly ChannelRoom[] =>
  CHANNEL_NAMES.map((channel) => ({ channel, most: most(channel) }))
const FULL_ROOM = roomsOf((channel) => channelTable[channel].room)

type Plan = () => Promise<void>

export function createCourier(parts: CourierParts): Courier {
  const plan = createPlanning(parts)

  async function run(): Promise<void> {
    await plan()
    for (let due = await lease(parts, FULL_ROOM); due.length > 0; due = await lease(parts, FULL_ROOM)) {
      await Promise.all(due.map((delivery) => attempt(parts, delivery)))
    }
  }
  return { run, start: () => startLoop(parts, plan) }
}

function createPlanning({ store, rules, newId, now }: CourierParts): Plan {
  let forgotAt = 0
  const plan = (facts: Facts) => planNotices(facts, rules, newId)
  const input = () => ({ now: now(), limit: NOTICES_AT_ONCE, ringsSince: now() - HOUR_SECONDS, plan })

  return async () => {
    while ((await store.planNotices(input())) === NOTICES_AT_ONCE);
    if (now() - forgotAt < FORGET_EVERY_SECONDS) return
    forgotAt = now()
    await store.forgetDeliveries(now() - LOG_LIFE_SECONDS)
  }
}

const lease = ({ store, now }: CourierParts, rooms: readonly ChannelRoom[]) =>
  store.takeDeliveries({ rooms, now: now(), leaseSeconds: LEASE_SECONDS })

async function attempt(parts: CourierParts, delivery: LeasedDelivery): Promise<void> {
  const { store, transports, now, ended } = parts
  const result = resultOf(parts, delivery, await deliver(delivery, transports, now()))
  await store.settleDelivery({ delivery, result, now: now() })
  if (result.result !== 'again') ended(delivery, result.result, result.result === 'failed' ? result.problem : null)
}

/** Another attempt, unless there were enough or it would come too late. */
function resultOf({ now, random }: CourierParts, delivery: LeasedDelivery, made: Attempt): DeliveryResult {
  if (made.result !== 'again') return made
  const { problem, afterSeconds } = made
  const seconds = secondsToRetry(delivery.attempts, random(), afterSeconds)
  if (seconds === null || comesTooLate(delivery, now() + seconds)) return { result: 'failed', problem }
  return { result: 'again', problem, at: now() + seconds }
}

/** A person is not rung for a request that can no longer be answered. Programs get the event even then. */
const comesTooLate = ({ channel, message }: LeasedDelivery, at: number): boolean =>
  channel !== 'webhook' &&
  message.kind.startsWith('request.') &&
  message.kind !== 'request.expired' &&
  'asked' in message &&
  message.asked.expiresAt <= at

function startLoop(parts: CourierParts, plan: Plan): () => Promise<void> {
  const stopping = new AbortController()
  const underWay = new Map(CHANNEL_NAMES.map((channel) => [channel, new Set<Promise<void>>()]))
  const attemptsOf = (channel: Channel) => underWay.get(channel) ?? new Set()
  const roomLeft = (channel: Channel) => channelTable[channel].room - attemptsOf(channel).size

  function begin(delivery: LeasedDelivery): void {
    const attempts = attemptsOf(delivery.channel)
    const made = attempt(parts, delivery)
      .catch(parts.failed)
      .finally(() => attempts.delete(made))
    attempts.add(made)
  }

  /** Resolves to the attempts of full channels: the next of them that ends makes room. */
  async function turn(): Promise<readonly Promise<void>[]> {
    await plan()
    for (const delivery of await lease(parts, roomsOf(roomLeft))) begin(delivery)
    return CHANNEL_NAMES.filter((channel) => roomLeft(channel) <= 0).flatMap((channel) => [...attemptsOf(channel)])
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      const full = await turn().catch((error) => {
        parts.failed(error)
        return []
      })
      await Promise.race([parts.woken(LOOK_EVERY_MS, stopping.signal), ...full])
    }
    await Promise.all([...underWay.values()].flatMap((attempts) => [...attempts]))
  }

  const ended = loop()
  return () => {
    stopping.abort()
    return ended
  }
}
