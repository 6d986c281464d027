/** Whether a resource, as it is shown, matches a filter. Case counts for ids alone. RFC 7644, 3.4.2.2. */
import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { Comparable, Filter, Operator } from './parse-filter.ts'

type Json = JsonObject[string]

/** Attributes whose case counts: RFC 7643 calls them caseExact. */
const EXACT: ReadonlySet<string> = new Set(['id', 'externalid', 'value', 'version'])

export function matches(resource: Json, filter: Filter): boolean {
  switch (filter.op) {
    case 'and':
      return filter.filters.every((one) => matches(resource, one))
    case 'or':
      return filter.filters.some((one) => matches(resource, one))
    case 'not':
      return !matches(resource, filter.filter)
    case 'pr':
      return valuesAt(resource, filter.path).some((value) => value !== null && value !== '')
    case 'where':
      return valuesAt(resource, filter.path).some((value) => matches(value, filter.filter))
    default:
      return matchesValue(resource, filter)
  }
}

type Comparison = Extract<Filter, { readonly value: Comparable }>

function matchesValue(resource: Json, { op, path, value }: Comparison): boolean {
  const values = valuesAt(resource, path).map(ownValue)
  const isExact = EXACT.has(path.at(-1) ?? '') || path.at(-1) === 'members'
  const form = (one: Json): Json => (typeof one === 'string' && !isExact ? one.toLowerCase() : one)
  const wanted = form(value)
  if (op === 'ne') return !values.some((one) => form(one) === wanted)
  if (value === null) return op === 'eq' && values.length === 0
  return values.some((one) => compare(op, form(one), wanted))
}

/** A comparison with an attribute of several members is one with its `value`. */
const ownValue = (value: Json): Json => (isJsonObject(value) ? (value['value'] ?? null) : value)

function compare(op: Exclude<Operator, 'ne'>, one: Json, other: Json): boolean {
  if (op === 'eq') return one === other
  if (typeof one === 'number' && typeof other === 'number') return isInOrder(op, one, other)
  if (typeof one !== 'string' || typeof other !== 'string') return false
  switch (op) {
    case 'co':
      return one.includes(other)
    case 'sw':
      return one.startsWith(other)
    case 'ew':
      return one.endsWith(other)
    default:
      return isInOrder(op, one, other)
  }
}

function isInOrder<T extends string | number>(op: Operator, one: T, other: T): boolean {
  switch (op) {
    case 'gt':
      return one > other
    case 'ge':
      return one >= other
    case 'lt':
      return one < other
    case 'le':
      return one <= other
    default:
      return false
  }
}

/** All values that a path leads to, through lists. Own members alone, whose names are compared without case. */
export function valuesAt(value: Json, path: readonly string[]): readonly Json[] {
  if (Array.isArray(value)) return value.flatMap((one) => valuesAt(one, path))
  const [name, ...rest] = path
  if (name === undefined) return [value]
  if (!isJsonObject(value)) return []
  const key = Object.keys(value).find((known) => known.toLowerCase() === name)
  const next = key === undefined ? undefined : value[key]
  return next === undefined ? [] : valuesAt(next, rest)
}
