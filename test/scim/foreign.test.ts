/**
 * Filters and patches as other implementations read them: `scim2-parse-filter` and `scim-patch`, the client's half of
 * what this authority answers. There is no SCIM client on npm.
 */
import fc from 'fast-check'
import { type ScimPatchOperation, type ScimResource, scimPatch } from 'scim-patch'
import { filter as foreignFilter, parse as foreignParse, stringify } from 'scim2-parse-filter'
import { describe, expect, it } from 'vitest'
import { USER } from '../../src/domain/scim/attributes.ts'
import { matches } from '../../src/domain/scim/match.ts'
import { parseFilter } from '../../src/domain/scim/parse-filter.ts'
import { applyPatch } from '../../src/domain/scim/patch.ts'

/** In lower case, since others compare texts by their case. */
const PEOPLE = [
  { userName: 'ada', displayName: 'ada l', active: true, emails: [{ type: 'work', value: 'ada@example.com' }] },
  { userName: 'ben', active: false, emails: [{ type: 'home', value: 'ben@home.example' }] },
  { userName: 'cy"s', displayName: 'cy', active: true, name: { familyName: 'ada' }, emails: [] },
]

const path = fc.constantFrom('userName', 'displayName', 'name.familyName', 'emails.type', 'emails.value')
const value = fc.constantFrom('ada', 'ben', 'cy', 'a', 'work', 'example', 'cy"s')
const comparison = fc
  .tuple(path, fc.constantFrom('eq', 'co', 'sw', 'ew'), value)
  .map(([name, op, text]) => `${name} ${op} ${JSON.stringify(text)}`)
const present = path.map((name) => `${name} pr`)
const flag = fc.boolean().map((is) => `active eq ${is}`)
const term = fc.oneof(comparison, present, flag)
const filters = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    term,
    fc.tuple(tie('any'), fc.constantFrom('and', 'or'), tie('any')).map(([one, op, two]) => `${one} ${op} ${two}`),
    tie('any').map((one) => `not (${one})`),
    tie('any').map((one) => `(${one})`),
    comparison.map((one) => `emails[${one.replace(/^\S+/, 'type')}]`),
  ),
})).any

describe('a filter', () => {
  it('chooses the people whom another implementation chooses', () => {
    fc.assert(
      fc.property(filters, (text) => {
        const own = parseFilter(text)
        const theirs = foreignFilter(foreignParse(text))
        expect(PEOPLE.map((one) => matches(one, own))).toEqual(PEOPLE.map((one) => theirs(one)))
      }),
      { numRuns: 500 },
    )
  })

  it('written anew by another implementation means the same', () => {
    fc.assert(
      fc.property(filters, (text) => {
        const again = stringify(foreignParse(text))
        const [one, two] = [parseFilter(text), parseFilter(again)]
        expect(PEOPLE.map((person) => matches(person, one))).toEqual(PEOPLE.map((person) => matches(person, two)))
      }),
    )
  })

  it('is refused where it does not end, or nests', () => {
    for (const text of [`userName eq "${'\\'.repeat(1000)}`, `${'not ('.repeat(200)}`, `a ${'['.repeat(1000)}`]) {
      expect(() => parseFilter(text)).toThrow()
    }
  })
})

describe('a patch', () => {
  const before = { userName: 'ada', name: { givenName: 'Ada' }, emails: [{ type: 'work', value: 'a@example.com' }] }
  const operations: readonly ScimPatchOperation[] = [
    { op: 'replace', path: 'displayName', value: 'Countess' },
    { op: 'add', path: 'name.familyName', value: 'Lovelace' },
    { op: 'add', path: 'emails', value: [{ type: 'home', value: 'b@example.com' }] },
    { op: 'replace', path: 'emails[type eq "work"].value', value: 'c@example.com' },
    { op: 'replace', value: { displayName: 'Ada', userName: 'lovelace' } },
    { op: 'remove', path: 'emails[type eq "home"]' },
    { op: 'remove', path: 'name.givenName' },
    { op: 'remove', path: 'displayName' },
  ]

  it('makes of a resource what another implementation makes of it', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...operations]), (chosen) => {
        const theirs: ScimResource = { schemas: [], meta: meta(), ...structuredClone(before) }
        const { schemas: _s, meta: _m, ...made } = withoutEmpty(scimPatch(theirs, structuredClone(chosen)))
        expect(withoutEmpty(applyPatch(USER, before, chosen))).toEqual(made)
      }),
    )
  })

  const meta = () => ({ resourceType: 'User', created: new Date(0), lastModified: new Date(0), location: '' })
  const withoutEmpty = (resource: object): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(resource).filter(
        ([, one]) => one !== undefined && JSON.stringify(one) !== '[]' && JSON.stringify(one) !== '{}',
      ),
    )
})
