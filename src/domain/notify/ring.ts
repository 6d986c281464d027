/**
 * When somebody is rung: at once, together with others like it, or when their agent may ring them again.
 *
 * In: who is to be told what, and the rings of the last hour. Out: a new ring, or one already held that it joins.
 * Requests of one agent for the same action at the same executor become one ring that says how many; and no agent rings
 * a person more than `limit` times in any hour, since a person rung for everything stops reading. Nothing is lost by
 * either: what does not ring now is counted in the next ring, and stands in the inbox all along. SPEC 3.
 */
import type { NoticeKind } from '../identity/parties.ts'

export type RingState = 'held' | 'rung' | 'dropped'

export interface Ring {
  readonly id: string
  readonly kind: NoticeKind
  /** A person, or a channel where people read. */
  readonly recipient: string
  /** Null where no agent is behind it; then there is no limit. */
  readonly agent: string | null
  /** What is alike has this in common. */
  readonly fold: string
  readonly subjects: readonly string[]
  /** Epoch seconds. */
  readonly dueAt: number
  readonly state: RingState
}

export interface RingRules {
  /** How often one agent may ring one person in an hour. */
  readonly limit: number
  /** After a ring, how long others like it are gathered. Seconds. */
  readonly foldSeconds: number
}

export const HOUR_SECONDS = 3600

/** `notBefore`: the end of the recipient's quiet hours. */
export type Call = Pick<Ring, 'kind' | 'recipient' | 'agent' | 'fold'> & {
  readonly subject: string
  readonly notBefore: number
}

/**
 * The ring that tells it: a new one, or one of `rings` with the subject added. `rings` are those of the last hour, of
 * the same recipient and agent.
 */
export function ringFor(call: Call, rings: readonly Ring[], rules: RingRules, newId: () => string): Ring {
  // What was dropped rang nobody: it gathers nothing and counts for nothing.
  const same = rings.filter(({ state }) => state !== 'dropped')
  const alike = same.filter((ring) => ring.fold === call.fold)
  const held = alike.find((ring) => ring.state === 'held')
  if (held) return joined(held, call.subject)
  const lastAlike = Math.max(Number.NEGATIVE_INFINITY, ...alike.map((ring) => ring.dueAt))
  const dueAt = Math.max(call.notBefore, lastAlike + rules.foldSeconds)
  const freeAt = call.agent === null ? dueAt : freeFrom(same, rules.limit)
  const { subject, notBefore: _, ...who } = call
  if (freeAt <= dueAt) return { ...who, id: newId(), subjects: [subject], dueAt, state: 'held' }
  // The limit is reached: one more ring, whatever it is about, for all that comes until then.
  const last = same.find((ring) => ring.state === 'held' && ring.kind === call.kind)
  if (last) return joined(last, subject)
  return { ...who, id: newId(), subjects: [subject], dueAt: Math.max(dueAt, freeAt), state: 'held' }
}

const joined = (ring: Ring, subject: string): Ring =>
  ring.subjects.includes(subject) ? ring : { ...ring, subjects: [...ring.subjects, subject] }

/** From when one more ring leaves no hour with more than `limit` of them; held ones count too. */
function freeFrom(rings: readonly Ring[], limit: number): number {
  const latest = rings.map((ring) => ring.dueAt).sort((a, b) => b - a)
  const oldest = latest[limit - 1]
  return oldest === undefined ? Number.NEGATIVE_INFINITY : oldest + HOUR_SECONDS
}
