/** The keywords of a schema about the items of a list and the members of an object. SPEC 10.8. */

import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import {
  type Check,
  type Checking,
  canonical,
  type Found,
  first,
  type Misfit,
  own,
  type Place,
  unless,
} from './checking.ts'
import { isList } from './schema.ts'
import { checkPattern } from './value-checks.ts'

/** How many of something there are, at least or at most. */
const ofCount =
  (countOf: (instance: JsonValue) => number | null, isLeast: boolean, noun: string): Check =>
  (value, at) => {
    const count = countOf(at.instance)
    const holds = count === null || (isLeast ? count >= Number(value) : count <= Number(value))
    return unless(holds, at, `${noun} of at ${isLeast ? 'least' : 'most'} ${value}`)
  }

const itemsIn = (instance: JsonValue) => (isList(instance) ? instance.length : null)
const membersIn = (instance: JsonValue) => (isJsonObject(instance) ? Object.keys(instance).length : null)

const ofItems =
  (checkItems: (items: readonly JsonValue[], value: JsonValue, at: Place, checking: Checking) => Found): Check =>
  (value, at, checking) =>
    isList(at.instance) ? checkItems(at.instance, value, at, checking) : null

const ofMembers =
  (checkMembers: (instance: JsonObject, value: JsonValue, at: Place, checking: Checking) => Found): Check =>
  (value, at, checking) =>
    isJsonObject(at.instance) ? checkMembers(at.instance, value, at, checking) : null

const checkItems = ofItems((items, value, { schema, path }, checking) => {
  const { prefixItems } = schema
  const begin = isList(prefixItems) ? prefixItems.length : 0
  return first(items.slice(begin).entries(), ([at, item]) => checking.check(value, item, [...path, begin + at]))
})

const checkPrefix = ofItems((items, value, { path }, checking) =>
  first((isList(value) ? value : []).slice(0, items.length).entries(), ([at, schema]) =>
    checking.check(schema, items[at] ?? null, [...path, at]),
  ),
)

const checkUnique = ofItems((items, value, at, checking) => {
  const seen = value === true ? items.map((item) => canonical(checking, item)) : []
  return unless(new Set(seen).size === seen.length, at, 'a list in which nothing stands twice')
})

const checkContains = ofItems((items, value, at, checking) => {
  const { minContains: least = 1, maxContains: most = items.length } = at.schema
  const count = items.filter((item) => checking.check(value, item, at.path) === null).length
  return unless(
    count >= Number(least) && count <= Number(most),
    at,
    `a list with ${least} to ${most} items of a certain form`,
  )
})

const missing = (names: JsonValue, instance: JsonObject, path: Misfit['path'], checking: Checking): Found =>
  first(isList(names) ? names : [], (name) => {
    checking.spend()
    return Object.hasOwn(instance, String(name)) ? null : { path: [...path, String(name)], expected: 'given' }
  })

const checkRequired = ofMembers((instance, value, { path }, checking) => missing(value, instance, path, checking))

const checkDependent = ofMembers((instance, value, { path }, checking) =>
  first(isJsonObject(value) ? Object.entries(value) : [], ([name, names]) =>
    Object.hasOwn(instance, name) ? missing(names, instance, path, checking) : null,
  ),
)

const checkProperties = ofMembers((instance, value, { path }, checking) =>
  first(isJsonObject(value) ? Object.entries(value) : [], ([name, schema]) => {
    checking.spend()
    const member = own(instance, name)
    return member === undefined ? null : checking.check(schema, member, [...path, name])
  }),
)

const matches = (checking: Checking, pattern: string, name: string): boolean =>
  checkPattern(name, pattern, checking) === null

const checkPatternMembers = ofMembers((instance, value, { path }, checking) =>
  first(isJsonObject(value) ? Object.entries(value) : [], ([pattern, schema]) =>
    first(Object.entries(instance), ([name, member]) => {
      checking.spend(name.length)
      return matches(checking, pattern, name) ? checking.check(schema, member, [...path, name]) : null
    }),
  ),
)

const checkOtherMembers = ofMembers((instance, value, { schema, path }, checking) => {
  const { properties = {}, patternProperties = {} } = schema
  const patterns = isJsonObject(patternProperties) ? Object.keys(patternProperties) : []
  return first(Object.entries(instance), ([name, member]) => {
    checking.spend(name.length)
    const isNamed = isJsonObject(properties) && Object.hasOwn(properties, name)
    if (isNamed || patterns.some((pattern) => matches(checking, pattern, name))) return null
    return checking.check(value, member, [...path, name])
  })
})

const checkNames = ofMembers((instance, value, { path }, checking) =>
  first(Object.keys(instance), (name) => {
    const found = checking.check(value, name, path)
    return (
      found && { path: [...path, name], expected: `left out, or named otherwise: names have to be ${found.expected}` }
    )
  }),
)

export const MEMBER_CHECKS: readonly (readonly [string, Check])[] = [
  ['minItems', ofCount(itemsIn, true, 'a list')],
  ['maxItems', ofCount(itemsIn, false, 'a list')],
  ['uniqueItems', checkUnique],
  ['minProperties', ofCount(membersIn, true, 'an object')],
  ['maxProperties', ofCount(membersIn, false, 'an object')],
  ['required', checkRequired],
  ['dependentRequired', checkDependent],
  ['properties', checkProperties],
  ['patternProperties', checkPatternMembers],
  ['additionalProperties', checkOtherMembers],
  ['propertyNames', checkNames],
  ['items', checkItems],
  ['prefixItems', checkPrefix],
  ['contains', checkContains],
]
