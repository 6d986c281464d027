/**
 * PATCH of a resource: its operations in their order, on a copy of its attributes. Takes what Entra and Okta send beside
 * the RFC: operations in capitals, values without a path whose names are paths, members to remove as a value. What comes
 * out is validated as a whole afterwards. RFC 7644, 3.5.2.
 */
import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { ScimType } from '../refusal.ts'
import type { ResourceType } from './attributes.ts'
import { matches } from './match.ts'
import { type AttributePath, type Filter, FilterFault, parsePath } from './parse-filter.ts'

type Json = JsonObject[string]
type Verb = 'add' | 'replace' | 'remove'

export interface Operation {
  readonly op: string
  readonly path?: string | undefined
  readonly value?: Json | undefined
}

/** Why the operations cannot be carried out. */
export class PatchFault extends Error {
  override readonly name = 'PatchFault'
  readonly scimType: ScimType
  constructor(scimType: ScimType, words: string) {
    super(words)
    this.scimType = scimType
  }
}

/** Throws `PatchFault`. */
export function applyPatch(type: ResourceType, before: JsonObject, operations: readonly Operation[]): JsonObject {
  return operations.reduce((attributes, operation) => applyOne(type, attributes, operation), before)
}

function applyOne(type: ResourceType, before: JsonObject, { op, path, value }: Operation): JsonObject {
  const verb = verbOf(op)
  if (path !== undefined) return applyAt(type, before, verb, pathOf(path), value)
  if (verb === 'remove') throw new PatchFault('noTarget', 'Say with path what is to be removed.')
  if (!isJsonObject(value)) throw new PatchFault('invalidValue', 'Without a path, value is an object of attributes.')
  return Object.entries(value).reduce(
    (attributes, [name, one]) =>
      isExtension(type, name) ? attributes : applyAt(type, attributes, verb, pathOf(name), one),
    before,
  )
}

/** The name of a whole extension, whose value holds its attributes. */
const isExtension = ({ schema }: ResourceType, name: string): boolean =>
  /^urn:[^[]*:[a-z]+$/i.test(name) && !name.toLowerCase().startsWith(`${schema.toLowerCase()}:`)

function verbOf(op: string): Verb {
  const verb = op.toLowerCase()
  if (verb === 'add' || verb === 'replace' || verb === 'remove') return verb
  throw new PatchFault('invalidSyntax', 'op is add, replace or remove.')
}

function pathOf(path: string): AttributePath {
  try {
    return parsePath(path)
  } catch (error) {
    if (error instanceof FilterFault) throw new PatchFault('invalidPath', `The path cannot be read: ${error.message}.`)
    throw error
  }
}

function applyAt(
  type: ResourceType,
  before: JsonObject,
  verb: Verb,
  path: AttributePath,
  value: Json | undefined,
): JsonObject {
  const isOther = path.schema !== null && path.schema !== type.schema.toLowerCase()
  if (isOther || type.ignored.has(path.name)) return before
  const attribute = type.kept.get(path.name)
  if (!attribute) throw new PatchFault('invalidPath', `There is no attribute ${path.name}.`)
  if (verb !== 'remove' && value === undefined) throw new PatchFault('invalidValue', 'This operation needs a value.')
  const { name, form, members = [] } = attribute
  const sub = path.sub === null ? null : members.find((member) => member.toLowerCase() === path.sub)
  if (sub === undefined) throw new PatchFault('invalidPath', `${name} has no member ${path.sub}.`)
  if (form !== 'list' && path.filter !== null) throw new PatchFault('invalidPath', `${name} has one value.`)
  const now = before[name]
  const changed =
    form === 'list'
      ? inList({ verb, filter: path.filter, sub, value }, listOf(now))
      : inOne(form, verb, sub, now, value)
  const { [name]: _, ...others } = before
  return changed === undefined ? others : { ...others, [name]: changed }
}

const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]

/** A value of one attribute that has one; undefined where it is gone. */
function inOne(
  form: string,
  verb: Verb,
  sub: string | null,
  now: Json | undefined,
  value: Json = null,
): Json | undefined {
  const object = isJsonObject(now) ? now : {}
  if (sub !== null) {
    const { [sub]: _, ...others } = object
    return verb === 'remove' ? others : { ...others, [sub]: value }
  }
  if (verb === 'remove') return undefined
  return form === 'object' && isJsonObject(value) ? { ...object, ...value } : value
}

interface ListChange {
  readonly verb: Verb
  readonly filter: Filter | null
  readonly sub: string | null
  readonly value: Json | undefined
}

function inList({ verb, filter, sub, value }: ListChange, now: readonly Json[]): readonly Json[] {
  const given = listOf(value).map(asObject)
  if (filter === null && sub === null) {
    if (verb === 'replace') return given
    return verb === 'add' ? withMore(now, given) : without(now, given, value === undefined)
  }
  const isChosen = (one: Json) => filter === null || matches(one, filter)
  if (verb === 'remove')
    return sub === null
      ? now.filter((one) => !isChosen(one))
      : now.map((one) => (isChosen(one) ? withMember(one, sub, undefined) : one))
  const change = (one: Json): Json => (sub === null ? { ...asObject(one), ...given[0] } : withMember(one, sub, value))
  if (now.some(isChosen)) return now.map((one) => (isChosen(one) ? change(one) : one))
  // Entra replaces what is not there yet, too.
  const made = madeBy(filter)
  if (made === undefined) throw new PatchFault('noTarget', 'Nothing here matches the filter of the path.')
  return [...now, change(made)]
}

/** What a filter `name eq "value"` describes. */
const madeBy = (filter: Filter | null): JsonObject | undefined =>
  filter?.op === 'eq' && filter.path.length === 1 ? { [filter.path[0] ?? '']: filter.value } : undefined

const asObject = (value: Json): JsonObject => (isJsonObject(value) ? value : { value })

function withMember(one: Json, name: string, value: Json | undefined): JsonObject {
  const { [name]: _, ...others } = asObject(one)
  return value === undefined ? others : { ...others, [name]: value }
}

const idOf = (one: Json): Json => asObject(one)['value'] ?? null

/** A value that is there already is not added again. */
function withMore(now: readonly Json[], given: readonly JsonObject[]): readonly Json[] {
  const known = new Set(now.map(idOf))
  return [...now, ...given.filter((one) => !known.has(idOf(one)))]
}

/** All, or those that the operation names by their value. */
function without(now: readonly Json[], given: readonly JsonObject[], all: boolean): readonly Json[] {
  const named = new Set(given.map(idOf))
  return all ? [] : now.filter((one) => !named.has(idOf(one)))
}
