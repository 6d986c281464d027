/** A quorum is a matching of distinct people to places: held against every assignment that there is. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Requirement } from '../../../src/domain/policy/policy.ts'
import {
  filledPlaces,
  isFilled,
  isUseful,
  type Member,
  matchMembers,
  openRequirements,
  stillNeeded,
  unfillable,
} from '../../../src/domain/policy/quorum.ts'

const of = (count: number, ...groups: string[]): Requirement => ({ count, groups })
const person = (id: string, ...groups: string[]): Member => ({ id, groups })

const ada = person('ada', 'finance', 'legal')
const ben = person('ben', 'finance')
const cleo = person('cleo', 'legal')

describe('a quorum from two groups', () => {
  const terms = { approvers: [of(1, 'finance'), of(1, 'legal')], ordered: false }

  it('is not filled by one person of both', () => {
    expect(isFilled(terms, [ada, ada])).toBe(false)
    expect(isUseful(terms, [ada], ada)).toBe(false)
  })

  it('is filled by that person and anybody of either group', () => {
    expect(isFilled(terms, [ada, ben])).toBe(true)
    expect(isFilled(terms, [ada, cleo])).toBe(true)
    expect(matchMembers(terms.approvers, [ada, ben])).toEqual(
      new Map([
        ['ada', 1],
        ['ben', 0],
      ]),
    )
  })

  it('says which groups are still needed', () => {
    expect(stillNeeded(terms, [])).toEqual({ count: 2, groups: ['finance', 'legal'] })
    expect(stillNeeded(terms, [ada])).toEqual({ count: 1, groups: ['finance', 'legal'] })
    expect(stillNeeded(terms, [ben])).toEqual({ count: 1, groups: ['legal'] })
    expect(stillNeeded(terms, [ben, cleo])).toEqual({ count: 0, groups: [] })
  })

  it('has no use for a second person of a group that is served', () => {
    expect(isUseful(terms, [ben], person('dan', 'finance'))).toBe(false)
    expect(isUseful(terms, [ben], ada)).toBe(true)
  })
})

describe('a quorum in order', () => {
  const terms = { approvers: [of(2, 'finance'), of(1, 'legal')], ordered: true }

  it('asks the groups one after another', () => {
    expect(openRequirements(terms, [])).toEqual([of(2, 'finance')])
    expect(isUseful(terms, [], cleo)).toBe(false)
    expect(isUseful(terms, [ben], cleo)).toBe(false)
    expect(isUseful(terms, [ben, ada], cleo)).toBe(true)
    expect(stillNeeded(terms, [ben])).toEqual({ count: 2, groups: ['finance'] })
    expect(stillNeeded(terms, [ben, ada])).toEqual({ count: 1, groups: ['legal'] })
  })

  it('takes nobody out of turn, also where places could be exchanged', () => {
    const one = { approvers: [of(1, 'finance'), of(1, 'legal')], ordered: true }
    expect(isUseful(one, [ada], ben)).toBe(false)
    expect(isUseful(one, [ada], cleo)).toBe(true)
  })

  it('goes back to a group whose member has left it', () => {
    expect(stillNeeded(terms, [ben, person('ada'), cleo])).toEqual({ count: 1, groups: ['finance'] })
    expect(isFilled(terms, [ben, person('ada'), cleo, person('dan', 'finance')])).toBe(true)
  })
})

describe('what can never be filled', () => {
  it.each([
    ['a group without members', [of(1, 'treasury')], /^Nobody is in the group “treasury”\.$/],
    ['a quorum larger than its group', [of(3, 'finance')], /needs 3 different people .* only 2/],
    ['one person for two groups', [of(1, 'finance'), of(1, 'legal'), of(2, 'legal', 'finance')], /only 3/],
  ])('is %s', (_, approvers, expected) => {
    expect(unfillable({ approvers }, [ada, ben, cleo])).toMatch(expected)
  })

  it('is said of nothing that can', () => {
    expect(unfillable({ approvers: [of(2, 'finance'), of(1, 'legal')] }, [ada, ben, cleo])).toBeNull()
  })
})

const GROUPS = ['a', 'b', 'c']
const groups = fc.subarray(GROUPS, { minLength: 1 })
const requirements = fc.array(fc.record({ groups, count: fc.integer({ min: 1, max: 3 }) }), {
  minLength: 1,
  maxLength: 3,
})
const people = fc
  .array(fc.subarray(GROUPS), { maxLength: 6 })
  .map((all) => all.map((groups, at): Member => ({ id: `p${at}`, groups })))

/** By trying every assignment. */
function most(places: readonly Requirement[], [first, ...others]: readonly Member[]): number {
  if (!first) return 0
  const taken = places.map(({ groups }, at) =>
    first.groups.some((group) => groups.includes(group)) ? 1 + most(places.toSpliced(at, 1), others) : 0,
  )
  return Math.max(most(places, others), ...taken)
}

describe('the matching', () => {
  it('is as large as the best of all assignments, in any order of people', () => {
    fc.assert(
      fc.property(requirements, people, (approvers, members) => {
        const places = approvers.flatMap(({ groups, count }) => Array.from({ length: count }, () => of(1, ...groups)))
        expect(filledPlaces(approvers, members)).toBe(most(places, members))
        expect(filledPlaces(approvers, members.toReversed())).toBe(most(places, members))
      }),
    )
  })

  it('gives a place of a group of theirs to each person, and no more than the requirement has', () => {
    fc.assert(
      fc.property(requirements, people, (approvers, members) => {
        const taken = [...matchMembers(approvers, members)].filter(([, place]) => place !== null)
        for (const [at, { count, groups }] of approvers.entries()) {
          const here = taken.filter(([, place]) => place === at)
          expect(here.length).toBeLessThanOrEqual(count)
          for (const [id] of here)
            expect(members.find((one) => one.id === id)?.groups.some((group) => groups.includes(group))).toBe(true)
        }
      }),
    )
  })
})
