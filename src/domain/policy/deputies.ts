/**
 * The places that a person can take in a quorum: their own, and that of each absent person whose deputy they are. They
 * take one of them. SPEC 10.11, 11.5.
 */
import { isAwayAt } from '../identity/absence.ts'
import { type Approver, groupsOf, isOfAny, isPresent } from '../identity/parties.ts'
import { groupsAsked, type Terms } from './policy.ts'
import { type Member, membersAmong, unfillable } from './quorum.ts'

/** The place of the person, as its matching knows it. */
export const ownPlace = (person: Pick<Approver, 'id' | 'roles' | 'groups'>): Member => ({
  id: person.id,
  groups: groupsOf(person),
})

type Answering = Pick<Approver, 'id' | 'roles' | 'groups' | 'standsFor'>

/** The places of the absent people for whom they stand in at an instant. */
export const placesAsDeputy = ({ id, standsFor }: Answering, at: number): readonly Member[] =>
  standsFor
    .filter((absence) => isAwayAt(absence, at))
    .map(({ approver, groups }) => ({ id: approver, groups, deputy: id }))

/** All groups for which a person is asked at an instant. */
export const groupsAnswered = (person: Answering, at: number): readonly string[] => [
  ...new Set([...groupsOf(person), ...placesAsDeputy(person, at).flatMap(({ groups }) => groups)]),
]

/** The person who has consented in a place: its own, or their deputy. */
export const consenterOf = ({ id, deputy }: Member): string => deputy ?? id

export const isAway = ({ absence }: Pick<Approver, 'absence'>, at: number): boolean =>
  absence !== null && isAwayAt(absence, at)

/** The people who can answer at an instant, each once, with all groups that they are asked for then. */
const membersReachable = (people: readonly Approver[], at: number): readonly Member[] =>
  people
    .filter((person) => isPresent(person) && !isAway(person, at))
    .map((person) => ({ id: person.id, groups: groupsAnswered(person, at) }))

interface Asked<Person extends Approver> {
  readonly terms: Pick<Terms, 'approvers'>
  readonly consented: readonly Member[]
  readonly people: readonly Person[]
  /** Those of them who may consent to this at all, whatever their groups. */
  readonly able: readonly Person[]
}

/**
 * Why a quorum cannot be filled at an instant, in a sentence: as people and groups are, since too few may consent to this,
 * or since too many are away. Null where it can.
 */
export function unfillableNow<Person extends Approver>(
  { terms, consented, people, able }: Asked<Person>,
  at: number,
): string | null {
  const lasting = unfillable(terms, membersAmong(people))
  if (lasting !== null) return lasting
  const isOpen = (among: readonly Member[]) => unfillable(terms, [...consented, ...leftOf(among, consented)]) !== null
  const named = groupsAsked(terms)
    .map((group) => `“${group}”`)
    .join(', ')
  if (isOpen(membersAmong(able)))
    return `Too few people of ${named} may consent to it: the others asked for it, run its agent, or have no passkey that it takes.`
  if (!isOpen(membersReachable(able, at))) return null
  const away = people.filter((person) => isPresent(person) && isAway(person, at) && isOfAny(person, groupsAsked(terms)))
  const until = Math.min(...away.flatMap(({ absence }) => (absence ? [absence.untilAt] : [])))
  return `Too many people of ${named} are away without a deputy who could answer, until ${utc(until)} at the earliest.`
}

const leftOf = (people: readonly Member[], consented: readonly Member[]) =>
  people.filter(({ id }) => consented.every((one) => consenterOf(one) !== id))

/** `2027-01-15 08:00 UTC` */
const utc = (at: number): string => `${new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
