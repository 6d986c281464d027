/**
 * Rules about the approvers of a decision: each was in a required group at that time, in the required order, and each
 * deputy was appointed. Decisions whose entries name no groups are counted by people alone. SPEC 10.11, 11.5.
 */
import type { JsonObject } from '@countersign/verifier'
import {
  type AskedPeople,
  filledPlaces,
  isUseful,
  type Member,
  type Requirement,
} from '@countersign/verifier/authority'
import { groupsThen, wasDeputy } from '../facts/groups-then.ts'
import type { ConsentFact, Facts, RequestFact } from '../facts/ledger-facts.ts'
import { flagOf, numberOf, textOf } from '../log/read-entry.ts'
import type { Case, Rule } from './rule.ts'

const objects = (value: unknown): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null && !Array.isArray(one)) : []

/** Undefined where the entry does not say. Requests of the same terms share one. */
export function askedIn({ members, facts }: Case): AskedPeople | undefined {
  const listed = objects(members['approvers'])
  if (listed.length === 0) return undefined
  const approvers: readonly Requirement[] = listed.map((one) => ({
    groups: Array.isArray(one['groups']) ? one['groups'].map(String) : [],
    count: Math.min(numberOf(one, 'count') ?? 0, MAX_COUNT),
  }))
  const asked = { approvers, ordered: flagOf(members, 'ordered') === true }
  const text = JSON.stringify(asked)
  const known = facts.asked.get(text)
  if (known === undefined) facts.asked.set(text, asked)
  return known ?? asked
}

/** A quorum has eight people at most. */
const MAX_COUNT = 8

const memberOf = (facts: Facts, { approver, onBehalfOf }: Pick<ConsentFact, 'approver' | 'onBehalfOf'>, at: number) =>
  onBehalfOf === undefined
    ? { id: approver, groups: groupsThen(facts, approver, at) }
    : { id: onBehalfOf, groups: groupsThen(facts, onBehalfOf, at, true) }

/** The places of the consents that count at an instant. */
export const placesOf = (facts: Facts, consents: readonly ConsentFact[], at: number): readonly Member[] =>
  consents.map((consent) => memberOf(facts, consent, at))

/** How many of the places of a decision these consents fill. Where it names no groups, each person fills one. */
export function filledBy(facts: Facts, request: RequestFact, consents: readonly ConsentFact[], at: number): number {
  const people = new Set(consents.map(({ approver }) => approver)).size
  const places = placesOf(facts, consents, at)
  const filled = request.asked
    ? filledPlaces(request.asked.approvers, places)
    : new Set(places.map(({ id }) => id)).size
  return Math.min(people, filled)
}

/** True where the consent is by somebody whom the decision asked then; each reason against it is reported. */
export function isByAsked(
  { facts, report, members, entry }: Case,
  request: RequestFact,
  given: Pick<ConsentFact, 'approver' | 'onBehalfOf'>,
  counted: readonly ConsentFact[],
): boolean {
  const id = textOf(members, 'request') ?? ''
  const { approver, onBehalfOf } = given
  if (onBehalfOf !== undefined && !isEntitled(facts, request, approver, onBehalfOf, entry.at)) {
    report('consent_delegation', id, `${approver} for ${onBehalfOf}`)
    return false
  }
  const { asked } = request
  if (asked === undefined) return true
  const member = memberOf(facts, given, entry.at)
  if (!asked.approvers.some(({ groups }) => member.groups.some((group) => groups.includes(group)))) {
    report('consent_outside_group', id, member.id)
    return false
  }
  if (isUseful(asked, placesOf(facts, counted, entry.at), member)) return true
  report('consent_of_no_use', id, member.id)
  return false
}

/** A deputy then, of somebody for whom the request was not, and who ran none of its agents. */
function isEntitled(facts: Facts, request: RequestFact, deputy: string, absent: string, at: number): boolean {
  const runs = [request.agent, ...(request.others ?? [])].some((agent) => facts.agents.get(agent)?.runBy === absent)
  return !runs && request.principal !== absent && wasDeputy(facts, deputy, absent, at)
}

const stated: Rule = ({ members, facts, index, report }) => {
  const id = textOf(members, 'absence') ?? ''
  if (facts.absences.has(id)) return report('absence_duplicate', id)
  facts.absences.set(id, {
    index,
    approver: textOf(members, 'approver') ?? '',
    deputy: textOf(members, 'deputy'),
    from: numberOf(members, 'from') ?? 0,
    until: numberOf(members, 'until') ?? 0,
    endedAt: Number.POSITIVE_INFINITY,
  })
}

const over: Rule = ({ members, facts, entry }) => {
  const absence = facts.absences.get(textOf(members, 'absence') ?? '')
  if (absence !== undefined) absence.endedAt = Math.min(absence.endedAt, entry.at)
}

export const absenceRules: Readonly<Record<string, Rule>> = { 'absence.stated': stated, 'absence.ended': over }
