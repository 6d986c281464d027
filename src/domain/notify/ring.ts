/**
 * Rings: when a person is interrupted, and for how many requests at once. Requests of one agent for the same action at
 * the same executor share a ring that says how many, and no agent rings a person more than `limit` times in any hour. A
 * request that does not ring now is counted in the next ring and stays in the inbox. SPEC 3.
 */
import type { NoticeKind } from '../identity/parties.ts'

export type RingState = 'held' | 'rung' | 'dropped'

export interface Ring {
  readonly id: string
  readonly kind: NoticeKind
  /** A person, or a webhook to a chat. */
  readonly recipient: string
  /** Null where no agent caused it; then there is no limit. */
  readonly agent: string | null
  /** Equal for requests that share a ring. */
  readonly fold: string
  readonly subjects: readonly string[]
  /** Epoch seconds. */
  readonly dueAt: number
  readonly state: RingState
}

export interface RingRules {
  /** Rings of one agent to one person in an hour. */
  readonly limit: number
  /** After a ring, how long requests like it are gathered. */
  readonly foldSeconds: number
}

export const HOUR_SECONDS = 3600

/** A subject that is to ring a recipient. `notBefore`: the end of the recipient's quiet hours. */
export type RingTrigger = Pick<Ring, 'kind' | 'recipient' | 'agent' | 'fold'> & {
  readonly subject: string
  readonly notBefore: number
}

/**
 * The ring for a trigger: a new one, or one of `rings` with the subject added. `rings`: those of the last hour with the
 * same recipient and agent.
 */
export function ringFor(trigger: RingTrigger, rings: readonly Ring[], rules: RingRules, newId: () => string): Ring {
  // A dropped ring interrupted nobody, so it neither gathers nor counts.
  const same = rings.filter(({ state }) => state !== 'dropped')
  const alike = same.filter((ring) => ring.fold === trigger.fold)
  const held = alike.find((ring) => ring.state === 'held')
  if (held) return joined(held, trigger.subject)
  const lastAlike = Math.max(Number.NEGATIVE_INFINITY, ...alike.map((ring) => ring.dueAt))
  const dueAt = Math.max(trigger.notBefore, lastAlike + rules.foldSeconds)
  const freeAt = trigger.agent === null ? dueAt : freeFrom(same, rules.limit)
  const { subject, notBefore: _, ...who } = trigger
  if (freeAt <= dueAt) return { ...who, id: newId(), subjects: [subject], dueAt, state: 'held' }
  // The limit is reached: one held ring takes everything that comes until then.
  const last = same.find((ring) => ring.state === 'held' && ring.kind === trigger.kind)
  if (last) return joined(last, subject)
  return { ...who, id: newId(), subjects: [subject], dueAt: Math.max(dueAt, freeAt), state: 'held' }
}

const joined = (ring: Ring, subject: string): Ring =>
  ring.subjects.includes(subject) ? ring : { ...ring, subjects: [...ring.subjects, subject] }

/** The instant from which one more ring keeps every hour within `limit`; held rings count too. */
function freeFrom(rings: readonly Ring[], limit: number): number {
  const latest = rings.map((ring) => ring.dueAt).sort((a, b) => b - a)
  const oldest = latest[limit - 1]
  return oldest === undefined ? Number.NEGATIVE_INFINITY : oldest + HOUR_SECONDS
}
