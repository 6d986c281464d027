/**
 * Whether arguments fit the schema of their action, and which member does not. Work is counted, so that no arguments
 * and no schema take long; what cannot be checked within the count does not fit. SPEC 10.8.
 */

import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import {
  type Check,
  type Checking,
  createChecking,
  type Found,
  first,
  type Misfit,
  own,
  type Place,
  TooMuchWork,
  unless,
} from './checking.ts'
import { MEMBER_CHECKS } from './member-checks.ts'
import { definitionsOf, isList, refersTo } from './schema.ts'
import { VALUE_CHECKS } from './value-checks.ts'

/** The first misfit of arguments, or null. `schema` was published, so it has no fault. */
export function misfitOf(schema: JsonObject, args: JsonObject): Misfit | null {
  try {
    return createChecking(definitionsOf(schema), checkKeywords).check(schema, args, [])
  } catch (error) {
    if (error instanceof TooMuchWork) return { path: [], expected: 'smaller: checking all of it takes too long' }
    throw error
  }
}

function checkKeywords(schema: JsonValue, { instance, path }: Omit<Place, 'schema'>, checking: Checking): Found {
  if (schema === true) return null
  if (!isJsonObject(schema)) return { path, expected: 'left out' }
  return first(Object.entries(schema), ([keyword, value]) => {
    checking.spend()
    return CHECKS.get(keyword)?.(value, { schema, instance, path }, checking) ?? null
  })
}

const fits = (checking: Checking, schema: JsonValue, { instance, path }: Place): boolean =>
  checking.check(schema, instance, path) === null

const branchesOf = (value: JsonValue): readonly JsonValue[] => (isList(value) ? value : [])

/** The misfit of the only branch; of several the sender may have meant any. */
const checkAny: Check = (value, at, checking) => {
  const [only, ...others] = branchesOf(value)
  if (only !== undefined && others.length === 0) return checking.check(only, at.instance, at.path)
  const one = branchesOf(value).some((branch) => fits(checking, branch, at))
  return unless(one, at, `one of ${branchesOf(value).length} forms`)
}

const checkOne: Check = (value, at, checking) => {
  const count = branchesOf(value).filter((branch) => fits(checking, branch, at)).length
  return unless(count === 1, at, `exactly one of ${branchesOf(value).length} forms`)
}

const checkAll: Check = (value, at, checking) =>
  first(branchesOf(value), (branch) => checking.check(branch, at.instance, at.path))

const checkIf: Check = (value, at, checking) => {
  const { then: yes = true, else: no = true } = at.schema
  return checking.check(fits(checking, value, at) ? yes : no, at.instance, at.path)
}

const checkReference: Check = (value, at, checking) =>
  checking.check(own(checking.definitions, refersTo(value) ?? '') ?? false, at.instance, at.path)

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...VALUE_CHECKS,
  ...MEMBER_CHECKS,
  ['anyOf', checkAny],
  ['oneOf', checkOne],
  ['allOf', checkAll],
  ['not', (value, at, checking) => unless(!fits(checking, value, at), at, 'another value')],
  ['if', checkIf],
  ['$ref', checkReference],
])
