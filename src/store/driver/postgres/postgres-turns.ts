/**
 * Turns on a limited number of connections. What waits here is on no connection, so it is lost with none. The queue of
 * postgres.js belongs to a client instead: a client that was given up connects again for what is in it, on connections
 * that nothing closes.
 */
import { StoreUnavailable } from '../../../domain/refusal.ts'

/**
 * Runs work on the first of the slots that is free, so that the same few connections do most of it and have planned its
 * statements before. Each slot has one work at a time; the other work waits, in order.
 */
type Turns<Slot> = <T>(work: (slot: Slot) => Promise<T>) => Promise<T>

/** Work that has waited for `patienceMs` is refused with `StoreUnavailable`. Null waits for ever. */
export function turnsOn<Slot>(slots: readonly Slot[], patienceMs: number | null): Turns<Slot> {
  const idle = new Set(slots)
  const waiting = new Set<(slot: Slot) => void>()

  const wait = () =>
    new Promise<Slot>((resolve, reject) => {
      const giveUp = () => {
        waiting.delete(next)
        reject(new StoreUnavailable('Every connection to the database was in use for too long: try again'))
      }
      const timer = patienceMs === null ? undefined : setTimeout(giveUp, patienceMs)
      const next = (slot: Slot) => {
        clearTimeout(timer)
        waiting.delete(next)
        resolve(slot)
      }
      waiting.add(next)
    })

  function give(slot: Slot): void {
    const [next] = waiting
    if (next) next(slot)
    else idle.add(slot)
  }

  function takeIdle(): Slot | undefined {
    const slot = slots.find((one) => idle.has(one))
    if (slot !== undefined) idle.delete(slot)
    return slot
  }

  return async (work) => {
    const slot = takeIdle() ?? (await wait())
    return work(slot).finally(() => give(slot))
  }
}
