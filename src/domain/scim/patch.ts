/**
 * PATCH of a resource: its operations in their order, on a copy of its attributes. Takes what Entra and Okta send beside
 * the RFC: operations in capitals, values without a path whose names are paths, members to remove as a value. What comes
 * out is validated as a whole afterwards; lists are bounded, and work is counted, after each. RFC 7644, 3.5.2.
 */
import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { type Attribute, MAX_TEXT, type ResourceType } from './attributes.ts'
import { type Budget, createBudget, ScimFault } from './bounds.ts'
import { matches } from './match.ts'
import { type AttributePath, comparisonsIn, type Filter, FilterFault, parsePath } from './parse-filter.ts'

type Json = JsonObject[string]
type Verb = 'add' | 'replace' | 'remove'

export interface Operation {
  readonly op: string
  readonly path?: string | undefined
  readonly value?: Json | undefined
}

/** Throws `ScimFault`. */
export function applyPatch(type: ResourceType, before: JsonObject, operations: readonly Operation[]): JsonObject {
  const spend = createBudget()
  return operations.reduce((attributes, operation) => applyOne({ type, spend }, attributes, operation), before)
}

interface Patching {
  readonly type: ResourceType
  readonly spend: Budget
}

function applyOne(patching: Patching, before: JsonObject, { op, path, value }: Operation): JsonObject {
  const verb = verbOf(op)
  if (path !== undefined) return applyAt(patching, before, verb, pathOf(patching, path), value)
  if (verb === 'remove') throw new ScimFault('noTarget', 'Say with path what is to be removed.')
  if (!isJsonObject(value)) throw new ScimFault('invalidValue', 'Without a path, value is an object of attributes.')
  const own = Object.entries(value).filter(([name]) => !isExtension(patching.type, name))
  const parts = own.map(([name, one]) => ({ path: pathOf(patching, name), value: one }))
  const targets = parts.map(({ path: { schema, ...target } }) =>
    JSON.stringify([isOwn(patching.type, schema) || schema, target]),
  )
  if (new Set(targets).size < targets.length)
    throw new ScimFault('invalidSyntax', 'The value names an attribute twice.')
  return parts.reduce((attributes, part) => applyAt(patching, attributes, verb, part.path, part.value), before)
}

const isOwn = (type: ResourceType, schema: string | null): boolean =>
  schema === null || schema === type.schema.toLowerCase()

/** The name of a whole extension, whose value holds its attributes. */
const isExtension = ({ schema }: ResourceType, name: string): boolean =>
  /^urn:[^[]*:[a-z]+$/i.test(name) && !name.toLowerCase().startsWith(`${schema.toLowerCase()}:`)

function verbOf(op: string): Verb {
  const verb = op.toLowerCase()
  if (verb === 'add' || verb === 'replace' || verb === 'remove') return verb
  throw new ScimFault('invalidSyntax', 'op is add, replace or remove.')
}

function pathOf({ spend }: Patching, path: string): AttributePath {
  spend(path.length)
  try {
    return parsePath(path)
  } catch (error) {
    if (error instanceof FilterFault) throw new ScimFault('invalidPath', `The path cannot be read: ${error.message}.`)
    throw error
  }
}

function applyAt(
  { type, spend }: Patching,
  before: JsonObject,
  verb: Verb,
  path: AttributePath,
  value: Json | undefined,
): JsonObject {
  if (!isOwn(type, path.schema) || type.ignored.has(path.name)) return before
  const attribute = type.kept.get(path.name)
  if (!attribute) throw new ScimFault('invalidPath', `There is no attribute ${path.name}.`)
  if (verb !== 'remove' && value === undefined) throw new ScimFault('invalidValue', 'This operation needs a value.')
  const { name, form, members = [] } = attribute
  const sub = path.sub === null ? null : members.find((member) => member.toLowerCase() === path.sub)
  if (sub === undefined) throw new ScimFault('invalidPath', `${name} has no member ${path.sub}.`)
  if (form !== 'list' && path.filter !== null) throw new ScimFault('invalidPath', `${name} has one value.`)
  const now = before[name]
  const changed =
    form === 'list'
      ? inList({ attribute, verb, filter: path.filter, sub, value, spend }, listOf(now))
      : inOne(attribute, verb, sub, now, value)
  const { [name]: _, ...others } = before
  return changed === undefined ? others : { ...others, [name]: changed }
}

const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]

/** A value of one attribute that has one; undefined where it is gone. */
function inOne(
  attribute: Attribute,
  verb: Verb,
  sub: string | null,
  now: Json | undefined,
  value: Json = null,
): Json | undefined {
  const object = isJsonObject(now) ? now : {}
  if (sub !== null) {
    const { [sub]: _, ...others } = object
    return verb === 'remove' ? others : { ...others, [sub]: single(value) }
  }
  if (verb === 'remove') return undefined
  return attribute.form === 'object' && isJsonObject(value) ? { ...object, ...known(attribute, value) } : single(value)
}

interface ListChange {
  readonly attribute: Attribute
  readonly verb: Verb
  readonly filter: Filter | null
  readonly sub: string | null
  readonly value: Json | undefined
  readonly spend: Budget
}

function inList(change: ListChange, now: readonly Json[]): readonly Json[] {
  const { attribute, filter, sub, value, spend } = change
  const { name, most = 0 } = attribute
  const given = sub === null ? listOf(value).map((one) => known(attribute, asObject(one))) : []
  const comparisons = filter === null ? 1 : comparisonsIn(filter)
  spend(given.length + comparisons * now.reduce<number>((sum, one) => sum + weightOf(one), 0))
  const next = filter === null && sub === null ? asWhole(change, now, given) : inChosen(change, now, given[0])
  if (next.length > most) throw new ScimFault('invalidValue', `${name} has at most ${most} values.`)
  return next
}

/** A short value is one. */
const weightOf = (one: Json): number =>
  Object.values(asObject(one)).reduce<number>((sum, part) => sum + (typeof part === 'string' ? part.length >> 5 : 0), 1)

function asWhole({ verb, value }: ListChange, now: readonly Json[], given: readonly JsonObject[]): readonly Json[] {
  if (verb === 'remove') return without(now, given, value === undefined)
  return withMore(verb === 'add' ? now : [], given)
}

function inChosen({ verb, filter, sub, value }: ListChange, now: readonly Json[], given?: JsonObject): readonly Json[] {
  const chosen = now.map((one) => filter === null || matches(one, filter))
  if (verb === 'remove' && sub === null) return now.filter((_, at) => !chosen[at])
  const member = verb === 'remove' ? undefined : single(value ?? null)
  const changed = (one: Json): Json => (sub === null ? { ...asObject(one), ...given } : withMember(one, sub, member))
  if (verb === 'remove' || chosen.includes(true)) return now.map((one, at) => (chosen[at] ? changed(one) : one))
  // Entra replaces what is not there yet, too.
  const made = madeBy(filter)
  if (made === undefined) throw new ScimFault('noTarget', 'Nothing here matches the filter of the path.')
  return [...now, changed(made)]
}

/** What a filter `name eq "value"` describes. */
const madeBy = (filter: Filter | null): JsonObject | undefined =>
  filter?.op === 'eq' && filter.path.length === 1 ? { [filter.path[0] ?? '']: filter.value } : undefined

const asObject = (value: Json): JsonObject => (isJsonObject(value) ? value : { value })

/** The members of a value that are kept, under their own names. */
function known({ members = [] }: Attribute, value: JsonObject): JsonObject {
  const given = new Map(Object.entries(value).map(([name, one]) => [name.toLowerCase(), one]))
  const kept = members.flatMap((name): [string, Json][] => {
    const one = given.get(name.toLowerCase())
    return one === undefined ? [] : [[name, single(one)]]
  })
  return Object.fromEntries(kept)
}

/** One value, no longer than any that is kept: operations that follow compare it. */
function single(value: Json): Json {
  if (typeof value === 'object' && value !== null) throw new ScimFault('invalidValue', 'One value is expected here.')
  if (typeof value === 'string' && value.length > MAX_LENGTH)
    throw new ScimFault('invalidValue', `A text has at most ${MAX_TEXT} characters.`)
  return value
}

/** In units of UTF-16, of which a character may take two. */
const MAX_LENGTH = 2 * MAX_TEXT

function withMember(one: Json, name: string, value: Json | undefined): JsonObject {
  const { [name]: _, ...others } = asObject(one)
  return value === undefined ? others : { ...others, [name]: value }
}

const idOf = (one: Json): Json => asObject(one)['value'] ?? null

/** A value that is there already is not added again. */
function withMore(now: readonly Json[], given: readonly JsonObject[]): readonly Json[] {
  const ids = new Set(now.map(idOf))
  const isNew = (one: JsonObject) => !ids.has(idOf(one)) && ids.add(idOf(one))
  return [...now, ...given.filter(isNew)]
}

/** All, or those that the operation names by their value. */
function without(now: readonly Json[], given: readonly JsonObject[], all: boolean): readonly Json[] {
  const named = new Set(given.map(idOf))
  return all ? [] : now.filter((one) => !named.has(idOf(one)))
}
