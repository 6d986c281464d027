/** Compares what was decided with what a draft would decide, and counts the differences. SPEC 11.4. */
import type { DraftDecision } from './draft-job.ts'

export type Effect = DraftDecision['effect']

/** What was decided about a call. A denial opened no request, so it is not among past calls that are replayed. */
export interface PastDecision {
  readonly effect: Effect
  readonly quorum: number
  readonly groups: readonly string[]
}

/** `same`: nothing changes. `terms`: people are asked as before, but others or another number. */
export const CHANGES = ['same', 'terms', 'newly_allowed', 'newly_asked', 'newly_denied'] as const
export type Change = (typeof CHANGES)[number]

export function changeOf(was: PastDecision, would: DraftDecision): Change {
  if (would.effect !== was.effect)
    return { allow: 'newly_allowed', approval: 'newly_asked', deny: 'newly_denied' }[would.effect] as Change
  if (would.effect !== 'approval') return 'same'
  const [before, after] = [was.groups, would.groups].map((groups) => [...groups].sort().join('\n'))
  return was.quorum === would.quorum && before === after ? 'same' : 'terms'
}
