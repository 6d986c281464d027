/**
 * A time in which a person is away, stated with their passkey, and the deputy who answers in their place meanwhile. Pure:
 * its bounds, whether it is under way, what the passkey signs. SPEC 10.11.
 */
import { canonicalize, sha256 } from '@countersign/verifier'

export interface Absence {
  readonly id: string
  readonly approver: string
  /** Null where nobody answers in their place. */
  readonly deputy: string | null
  readonly fromAt: number
  readonly untilAt: number
  readonly statedAt: number
  /** Null until its time is over, or somebody has ended it. */
  readonly endedAt: number | null
}

/** An absence as its deputy has it: the groups that they answer for in the absent person's place. */
export interface Deputyship extends Absence {
  /** Without `admin`: an admin's rights are not delegated. */
  readonly groups: readonly string[]
}

/** What the passkey signs. */
export interface AbsenceStatement {
  readonly typ: 'countersign/absence/v1'
  readonly iss: string
  readonly absence: string
  readonly approver: string
  readonly deputy: string | null
  readonly from: number
  readonly until: number
  /** 32 random bytes, base64url. */
  readonly nonce: string
}

const DAY_SECONDS = 86_400
export const MAX_ABSENCE_DAYS = 30
/** An absence is planned at most so long before it begins. */
export const MAX_DAYS_AHEAD = 90

/** Whether the person is away at an instant. */
export const isAwayAt = ({ fromAt, untilAt, endedAt }: Omit<Absence, 'id'>, at: number): boolean =>
  fromAt <= at && at < Math.min(untilAt, endedAt ?? untilAt)

/** Why nobody can be away for this time, in words; null where they can. */
export function faultOfTime({ from, until }: Pick<AbsenceStatement, 'from' | 'until'>, now: number): string | null {
  if (until <= Math.max(from, now)) return 'An absence ends after it begins, and after now.'
  if (until - from > MAX_ABSENCE_DAYS * DAY_SECONDS) return `An absence lasts ${MAX_ABSENCE_DAYS} days at most.`
  if (from - now > MAX_DAYS_AHEAD * DAY_SECONDS) return `An absence begins within ${MAX_DAYS_AHEAD} days.`
  return null
}

export const absenceChallenge = (statement: AbsenceStatement): Promise<Uint8Array> =>
  sha256(canonicalize({ ...statement }))

/** As the ledger names it. */
export const absenceMembers = ({ id, approver, deputy }: Pick<Absence, 'id' | 'approver' | 'deputy'>) => ({
  absence: id,
  approver,
  ...(deputy === null ? {} : { deputy }),
})
