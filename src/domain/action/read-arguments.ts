/**
 * The arguments of a call in the order in which people read them: key ones first, as the catalogue lists them, then the
 * others it names, then the rest, and empty ones apart. Nothing is left out. SPEC 10.8.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { memberOf } from './argument-path.ts'

interface Named {
  readonly name: string
  readonly label?: string | undefined
  readonly key?: boolean | undefined
}

interface Catalogued {
  readonly target?: string | undefined
  readonly arguments?: readonly Named[] | undefined
}

export interface ReadArgument {
  /** A member name; of a key argument, a path. */
  readonly name: string
  readonly value: JsonValue
}

export interface ReadArguments {
  readonly key: readonly ReadArgument[]
  /** Names of key arguments that the call does not have. */
  readonly missing: readonly string[]
  readonly others: readonly ReadArgument[]
  readonly empty: readonly ReadArgument[]
}

export function readArguments(entry: Catalogued, given: JsonObject): ReadArguments {
  const names = keyNames(entry)
  const found = names.map((name) => ({ name, value: memberOf(given, name) }))
  const key = found.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }]))
  const rest = inOrder(entry, given).filter(({ name }) => !names.includes(name))
  return {
    key,
    missing: found.flatMap(({ name, value }) => (value === undefined ? [name] : [])),
    others: rest.filter(({ value }) => !isEmpty(value)),
    empty: rest.filter(({ value }) => isEmpty(value)),
  }
}

/** The target first: it is what the call acts upon. */
const keyNames = ({ target, arguments: listed = [] }: Catalogued): readonly string[] => [
  ...new Set([...(target === undefined ? [] : [target]), ...listed.filter(({ key }) => key).map(({ name }) => name)]),
]

/** The members of an object at `path`: those that the catalogue names, in its order, then the others in theirs. */
export function inOrder({ arguments: listed = [] }: Catalogued, object: JsonObject, path = ''): ReadArgument[] {
  const places = new Map(listed.map(({ name }, place) => [name, place]))
  const placeOf = ({ name }: ReadArgument) => places.get(path === '' ? name : `${path}.${name}`) ?? places.size
  return Object.entries(object)
    .map(([name, value]) => ({ name, value }))
    .sort((one, other) => placeOf(one) - placeOf(other))
}

const isEmpty = (value: JsonValue): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)
