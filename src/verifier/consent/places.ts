/**
 * A quorum as a matching: distinct people to the places that the requirements of a decision hold. One human takes one
 * place, however many groups and passkeys they have. Authority and auditors decide by this rule. SPEC 11.5.
 */

/** `count` distinct people, each of any of these groups. */
export interface Requirement {
  readonly groups: readonly string[]
  readonly count: number
}

/** A person as a quorum counts them: one place of theirs, whoever takes it. */
export interface Member {
  readonly id: string
  /** Who takes it in their absence. */
  readonly deputy?: string | undefined
  /** All groups that they answer for, those of their roles included. */
  readonly groups: readonly string[]
}

/** The people whom a decision asks. */
export interface AskedPeople {
  readonly approvers: readonly Requirement[]
  /** Whether the requirements are met one after another, in their order. */
  readonly ordered: boolean
}

export const suits = (member: Member, { groups }: Requirement): boolean =>
  member.groups.some((group) => groups.includes(group))

/** Distinct humans in all. */
export const sumOf = (requirements: readonly Requirement[]): number =>
  requirements.reduce((sum, { count }) => sum + count, 0)

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

export const isFilled = ({ approvers }: Pick<AskedPeople, 'approvers'>, members: readonly Member[]): boolean =>
  filledPlaces(approvers, members) === sumOf(approvers)

/** The requirements that can be answered now: in order, those up to the first that is not met. */
export function openRequirements(
  { approvers, ordered }: AskedPeople,
  consented: readonly Member[],
): readonly Requirement[] {
  if (!ordered) return approvers
  const turn = approvers.findIndex((_, at) => !isFilled({ approvers: approvers.slice(0, at + 1) }, consented))
  return turn < 0 ? approvers : approvers.slice(0, turn + 1)
}

/** Whether this person's consent would fill one place more now; in order, as one of the people whose turn it is. */
export function isUseful(asked: AskedPeople, consented: readonly Member[], member: Member): boolean {
  const open = openRequirements(asked, consented)
  const turn = open.at(-1)
  if (asked.ordered && !(turn && suits(member, turn))) return false
  if (consented.length === 0) return open.some((requirement) => requirement.count > 0 && suits(member, requirement))
  return filledPlaces(open, [...consented, member]) > filledPlaces(open, consented)
}
