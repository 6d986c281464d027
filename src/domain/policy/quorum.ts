/**
 * A quorum as the authority reads it: who could answer, who is still needed, and why nobody could. The matching itself
 * is the verifier's. The store's statement decides by the same rule. SPEC 11.
 */
import { filledPlaces, isUseful, type Member, suits, sumOf } from '@countersign/verifier/authority'
import { type Approver, groupsOf, isPresent } from '../identity/parties.ts'
import type { Terms } from './policy.ts'

export {
  filledPlaces,
  isFilled,
  isUseful,
  type Member,
  matchMembers,
  openRequirements,
} from '@countersign/verifier/authority'

/** The people who can answer at all. */
export const membersAmong = (people: readonly Approver[]): readonly Member[] =>
  people.filter(isPresent).map((person) => ({ id: person.id, groups: groupsOf(person) }))

type Asked = Pick<Terms, 'approvers' | 'ordered'>

/** The people who are still needed: how many, and of which of the groups one could answer now. */
export interface Needed {
  readonly count: number
  readonly groups: readonly string[]
}

export function stillNeeded(terms: Asked, consented: readonly Member[]): Needed {
  const groups = [...new Set(terms.approvers.flatMap((asked) => asked.groups))]
  return {
    count: sumOf(terms.approvers) - filledPlaces(terms.approvers, consented),
    // Nobody has this id.
    groups: groups.filter((group) => isUseful(terms, consented, { id: '', groups: [group] })),
  }
}

/** Why these people could never fill the quorum, in a sentence; null where they can. For policies that are published. */
export function unfillable({ approvers }: Pick<Terms, 'approvers'>, people: readonly Member[]): string | null {
  const empty = approvers.find((requirement) => !people.some((person) => suits(person, requirement)))
  if (empty) return `Nobody is in ${namesOf(empty.groups)}.`
  const filled = filledPlaces(approvers, people)
  const places = sumOf(approvers)
  if (filled === places) return null
  return `It needs ${places} different people from ${namesOf(approvers.flatMap(({ groups }) => groups))}, and there are only ${filled}.`
}

const namesOf = (groups: readonly string[]): string => {
  const names = [...new Set(groups)].map((group) => `“${group}”`)
  return names.length === 1 ? `the group ${names[0]}` : `any of the groups ${names.join(', ')}`
}
