/**
 * Which executors have confirmed a stop, and how fast: outstanding ones first, then the fastest to the slowest.
 *
 * In: a kill switch with the confirmations of its connections. Out: one line for each executor. An executor has
 * confirmed when the last of its connections has. Pure. SPEC 9.
 */
import type { WatchedSwitch } from '../../authority/stop/watch-kill-switches.ts'

export type Confirmation =
  | { readonly kind: 'outstanding'; readonly executor: string }
  | {
      readonly kind: 'confirmed'
      readonly executor: string
      /** Milliseconds from engaging the switch to the confirmation of the last connection. */
      readonly afterMs: number
      readonly aborted: number
      readonly connections: number
    }

export function confirmationsOf({ killswitch, confirmations, awaited }: WatchedSwitch): readonly Confirmation[] {
  const confirmed = [...new Set(confirmations.map(({ executor }) => executor))].map((executor) => {
    const own = confirmations.filter((confirmation) => confirmation.executor === executor)
    return {
      kind: 'confirmed' as const,
      executor,
      afterMs: Math.max(...own.map(({ atMs }) => Math.max(0, atMs - killswitch.engagedAtMs))),
      aborted: own.reduce((sum, { aborted }) => sum + aborted, 0),
      connections: own.length,
    }
  })
  return [
    ...awaited.map((executor) => ({ kind: 'outstanding' as const, executor })),
    ...confirmed.sort((a, b) => a.afterMs - b.afterMs),
  ]
}
