/**
 * A quorum as a matching: distinct people to the places that the requirements of some terms hold. One human takes one
 * place, however many groups and passkeys they have. The store's statement decides by the same rule. SPEC 11.
 */
import { type Approver, groupsOf, isPresent } from '../identity/parties.ts'
import type { Requirement, Terms } from './policy.ts'
import { sumOf } from './requirements.ts'

/** A person as a quorum counts them: one place of theirs, whoever takes it. */
export interface Member {
  readonly id: string
  /** Who takes it in their absence. */
  readonly deputy?: string | undefined
  /** All groups that they answer for, those of their roles included. */
  readonly groups: readonly string[]
}

/** The people who can answer at all. */
export const membersAmong = (people: readonly Approver[]): readonly Member[] =>
  people.filter(isPresent).map((person) => ({ id: person.id, groups: groupsOf(person) }))

type Asked = Pick<Terms, 'approvers' | 'ordered'>

const suits = (member: Member, { groups }: Requirement): boolean =>
  member.groups.some((group) => groups.includes(group))

/** For each person the index of the requirement whose place they take, or null; as many as possible have one. */
export function matchMembers(
  approvers: readonly Requirement[],
  members: readonly Member[],
): ReadonlyMap<string, number | null> {
  const places = approvers.flatMap(({ count }, at) => Array<number>(count).fill(at))
  const holders: (Member | undefined)[] = places.map(() => undefined)
  const distinct = [...new Map(members.map((member) => [member.id, member])).values()]
  for (const member of distinct) seat(member, new Set())
  return new Map(distinct.map(({ id }) => [id, places[holders.findIndex((holder) => holder?.id === id)] ?? null]))

  /** Gives the person a place, others moving up where they have to. */
  function seat(member: Member, tried: Set<number>): boolean {
    for (const [place, at] of places.entries()) {
      const requirement = approvers[at]
      if (tried.has(place) || !requirement || !suits(member, requirement)) continue
      tried.add(place)
      const holder = holders[place]
      if (holder && !seat(holder, tried)) continue
      holders[place] = member
      return true
    }
    return false
  }
}

/** How many places these people fill between them. */
export const filledPlaces = (approvers: readonly Requirement[], members: readonly Member[]): number =>
  [...matchMembers(approvers, members).values()].filter((place) => place !== null).length

export const isFilled = ({ approvers }: Pick<Terms, 'approvers'>, members: readonly Member[]): boolean =>
  filledPlaces(approvers, members) === sumOf(approvers)

/** The requirements that can be answered now: in order, those up to the first that is not met. */
export function openRequirements({ approvers, ordered }: Asked, consented: readonly Member[]): readonly Requirement[] {
  if (!ordered) return approvers
  const turn = approvers.findIndex((_, at) => !isFilled({ approvers: approvers.slice(0, at + 1) }, consented))
  return turn < 0 ? approvers : approvers.slice(0, turn + 1)
}

/** Whether this person's consent would fill one place more now; in order, as one of the people whose turn it is. */
export function isUseful(terms: Asked, consented: readonly Member[], member: Member): boolean {
  const open = openRequirements(terms, consented)
  const turn = open.at(-1)
  if (terms.ordered && !(turn && suits(member, turn))) return false
  return filledPlaces(open, [...consented, member]) > filledPlaces(open, consented)
}

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
