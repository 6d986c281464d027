/** What a JSON document becomes by a merge patch (RFC 7396), and JSON as people read it. */
import { type JsonObject, type JsonValue, parseJson } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'

export function merged(target: JsonValue | undefined, patch: JsonObject): JsonObject
export function merged(target: JsonValue | undefined, patch: JsonValue): JsonValue
export function merged(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch
  const members = new Map(isJsonObject(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name)
    else members.set(name, merged(members.get(name), value))
  }
  return Object.fromEntries(members)
}

/** A text as it is; anything else as JSON on lines of its own. */
export const readable = (value: JsonValue): string =>
  typeof value === 'string' ? value : JSON.stringify(value, undefined, 2)

/** The JSON in a text, or the value itself; undefined where the text is none. */
export function jsonIn(value: JsonValue): JsonValue | undefined {
  if (typeof value !== 'string') return value
  try {
    return parseJson(value)
  } catch {
    return undefined
  }
}

export const memberIn = (document: JsonValue | undefined, name: string): JsonValue | undefined =>
  isJsonObject(document) && Object.hasOwn(document, name) ? document[name] : undefined
