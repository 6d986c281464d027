/**
 * Who has felt a stop, and how soon: one line for each executor, the slowest last, those still awaited on top.
 *
 * In: the switch with its confirmations. Out: lines. An executor has felt it when its last connection said so. Pure.
 */
import type { WatchedSwitch } from '../../authority/stop/watch-kill-switches.ts'

export type Feeling =
  | { readonly kind: 'awaited'; readonly executor: string }
  | {
      readonly kind: 'felt'
      readonly executor: string
      /** Milliseconds from the engagement to the word of its last connection. */
      readonly afterMs: number
      readonly aborted: number
      readonly streams: number
    }

export function feelingsOf({ killswitch, confirmations, awaited }: WatchedSwitch): readonly Feeling[] {
  const felt = [...new Set(confirmations.map(({ executor }) => executor))].map((executor) => {
    const words = confirmations.filter((confirmation) => confirmation.executor === executor)
    return {
      kind: 'felt' as const,
      executor,
      afterMs: Math.max(...words.map(({ atMs }) => Math.max(0, atMs - killswitch.engagedAtMs))),
      aborted: words.reduce((sum, { aborted }) => sum + aborted, 0),
      streams: words.length,
    }
  })
  return [
    ...awaited.map((executor) => ({ kind: 'awaited' as const, executor })),
    ...felt.sort((a, b) => a.afterMs - b.afterMs),
  ]
}
