/**
 * Group membership and deputies as of a ledger entry. The entries of concurrent facts can be in either order, so a
 * group change counts from one minute later. SPEC 8, 10.11, 11.5.
 */
import type { Facts, GroupFact } from './ledger-facts.ts'

const TOLERANCE_SECONDS = 60

/** All groups of a person at an instant; none once they were removed or suspended. `delegated`: as their deputy has them. */
export function groupsThen(facts: Facts, person: string, at: number, delegated = false): readonly string[] {
  const known = facts.approvers.get(person)
  if (known === undefined || known.removed) return []
  const roles = known.roles.filter((role) => role !== 'auditor')
  if (roles.length === 0) return []
  const named = [...facts.groups].filter(([, group]) => wasIn(group, person, at)).map(([name]) => name)
  return [...roles.filter((role) => !delegated || role !== 'admin'), ...named]
}

const wasIn = ({ members, before, changedAt }: GroupFact, person: string, at: number): boolean =>
  members.has(person) || (before.has(person) && at - changedAt <= TOLERANCE_SECONDS)

/** Whether somebody stood in for a person at an instant. */
export const wasDeputy = (facts: Facts, deputy: string, absent: string, at: number): boolean =>
  [...facts.absences.values()].some(
    (absence) =>
      absence.approver === absent &&
      absence.deputy === deputy &&
      absence.from <= at &&
      at < absence.until &&
      at <= absence.endedAt + TOLERANCE_SECONDS,
  )
