/**
 * Where a path of the catalogue leads in the arguments of a call. A member name can hold dots itself, so a call can be
 * made in which one path leads to two values: people would read the one and the executor the other. SPEC 10.8.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'

interface Catalogued {
  readonly title?: string | undefined
  readonly phrase?: string | undefined
  readonly target?: string | undefined
  readonly arguments?: readonly { readonly name: string }[] | undefined
}

/** A placeholder in a title: member names joined by dots, elements of a list by their index. */
export const PLACEHOLDER = /\{([^{}\s]+)\}/g

/** The value at a path; a member named with dots wins over the path that reads the same. */
export function memberOf(values: JsonObject, path: string): JsonValue | undefined {
  const [first] = readings(values, path)
  return first
}

/** A path of the catalogue that leads to more than one value of this call; undefined where each leads to one or none. */
export const unclearPath = (
  entry: Catalogued,
  values: JsonObject,
  further: readonly string[] = [],
): string | undefined =>
  [...pathsIn(entry), ...further].find((path) => {
    const found = readings(values, path)
    return found.next().done !== true && found.next().done !== true
  })

const pathsIn = ({ title = '', phrase = '', target, arguments: listed = [] }: Catalogued): readonly string[] => [
  ...[...`${title} ${phrase}`.matchAll(PLACEHOLDER)].map(([, path = '']) => path),
  ...(target === undefined ? [] : [target]),
  ...listed.map(({ name }) => name),
]

function* readings(value: JsonValue, path: string): Generator<JsonValue> {
  if (value === null || typeof value !== 'object') return
  const whole = ownMember(value, path)
  if (whole !== undefined) yield whole
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const inner = ownMember(value, path.slice(0, dot))
    if (inner !== undefined) yield* readings(inner, path.slice(dot + 1))
  }
}

const ownMember = (value: object, name: string): JsonValue | undefined =>
  Object.getOwnPropertyDescriptor(value, name)?.value
