/**
 * An observation: a draft of the policy decides beside the policy in force for a while. It changes no verdict. What it
 * would have decided otherwise is counted, and kept as a bounded list. SPEC 11.8.
 */
import type { Digest } from '@countersign/verifier'
import { CHANGES, type Change, type PastDecision } from './compare-drafts.ts'
import type { DraftDecision } from './draft-job.ts'

/**
 * `failed`: the draft broke its engine or took too long. `unknown`: it reads a fact that the policy in force does not
 * count. `missed`: too many calls waited for the draft.
 */
export const OBSERVED = [...CHANGES, 'failed', 'unknown', 'missed'] as const
export type Observed = (typeof OBSERVED)[number]
export type ObservedCounts = Readonly<Record<Observed, number>>

export interface Observation {
  readonly id: string
  /** That the policy would have, were the draft in force. */
  readonly digest: Digest
  readonly text: string
  /** The version of the policy that it is compared with: the observation ends with it. */
  readonly base: number
  /** An admin, or the operator's agent. */
  readonly startedBy: string
  readonly startedAt: number
  readonly endsAt: number
  readonly endedAt: number | null
  readonly counts: ObservedCounts
}

/** Equal differences of one agent and action: one row. */
export interface ObservedDifference {
  /** Names what is equal. */
  readonly key: string
  readonly change: Exclude<Change, 'same'> | 'failed'
  readonly agent: string
  readonly audience: string
  readonly name: string
  readonly was: PastDecision
  /** Null where the draft failed; the reason is in `reason`. */
  readonly would: Omit<DraftDecision, 'reason'> | null
  readonly reason: string
  readonly count: number
  /** The last one: when, and its request where one was opened. */
  readonly lastAt: number
  readonly request: string | null
}

export const MIN_OBSERVATION_SECONDS = 60
export const MAX_OBSERVATION_SECONDS = 14 * 86_400

export const NOTHING_OBSERVED: ObservedCounts = {
  same: 0,
  terms: 0,
  newly_allowed: 0,
  newly_asked: 0,
  newly_denied: 0,
  failed: 0,
  unknown: 0,
  missed: 0,
}

/** Decisions that the draft was asked about, and those of them that it would have taken otherwise. */
export function sumsOf({ missed, ...judged }: ObservedCounts): { readonly judged: number; readonly different: number } {
  const all = Object.values(judged).reduce((sum, count) => sum + count, 0)
  return { judged: all, different: all - judged.same - judged.unknown }
}

const WORDS: readonly (readonly [Observed, string])[] = [
  ['newly_allowed', 'would have been allowed that were not'],
  ['newly_asked', 'would have asked people that did not'],
  ['newly_denied', 'would have been denied that were not'],
  ['terms', 'would have asked others, or another number'],
  ['failed', 'broke the draft'],
  ['unknown', 'could not be judged, since the draft reads a fact of history that the policy in force does not count'],
  ['missed', 'more were skipped, since too many came at once'],
]

/** In sentences, for people who are asked to publish the draft. */
export function observedInWords(
  { digest, base, counts, startedAt, endedAt, endsAt }: Observation,
  now: number,
): string {
  const { judged, different } = sumsOf(counts)
  const until = endedAt ?? (endsAt > now ? null : endsAt)
  const span = `from ${instant(startedAt)} ${until === null ? 'on' : `to ${instant(until)}`}`
  const others = WORDS.flatMap(([name, words]) => (counts[name] > 0 ? [`${counts[name]} ${words}`] : []))
  const found = judged > 0 && different === 0 ? 'It would have decided all of them alike.' : ''
  return [
    `This text (${digest}) was observed beside version ${base} ${span}: ${judged} ${judged === 1 ? 'decision' : 'decisions'}.`,
    found,
    ...others.map((one) => `${one}.`),
  ]
    .filter(Boolean)
    .join(' ')
}

const instant = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
