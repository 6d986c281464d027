/** Where a path of the catalogue can lead, as far as the schema says. SPEC 10.8. */

import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { own } from './checking.ts'
import { definitionsOf, isList, refersTo } from './schema.ts'

const MAX_STEPS = 64

/** False only where the schema lists all members and this is none. */
export const canLead = (root: JsonObject, path: string): boolean => schemaAt(root, path) !== undefined

/** What the schema says of the values to which a path leads; empty where it says nothing. */
export function saidAt(root: JsonObject, path: string): JsonObject {
  const found = schemaAt(root, path)
  return isJsonObject(found) ? found : {}
}

/** `true` where the schema does not say; undefined where the path leads to nothing. */
function schemaAt(root: JsonObject, path: string): JsonValue | undefined {
  const definitions = definitionsOf(root)
  let steps = 0
  const lead = (schema: JsonValue | undefined, rest: string | null): JsonValue | undefined => {
    steps++
    if (!isJsonObject(schema) || steps > MAX_STEPS) return schema === false && rest !== null ? undefined : true
    const name = refersTo(schema['$ref'])
    if (name !== undefined) return lead(own(definitions, name), rest)
    return rest === null ? schema : within(schema, rest)
  }
  const within = (schema: JsonObject, rest: string): JsonValue | undefined => {
    for (const [member, further] of readingsOf(rest)) {
      const inner = memberSchema(schema, member)
      const found = inner === undefined ? undefined : lead(inner, further)
      if (found !== undefined) return found
    }
    return undefined
  }
  return lead(root, path)
}

/** The members that a path may begin with, and the path from there: a name can hold dots itself. */
function readingsOf(path: string): readonly (readonly [string, string | null])[] {
  const dots = [...path.matchAll(/\./g)].map(({ index }) => index)
  return [[path, null], ...dots.map((dot): [string, string] => [path.slice(0, dot), path.slice(dot + 1)])]
}

/** Undefined where there can be no such member. */
function memberSchema(schema: JsonObject, member: string): JsonValue | undefined {
  if (/^\d+$/.test(member) && (schema['items'] ?? schema['prefixItems']) !== undefined) {
    const { prefixItems, items = true } = schema
    return (isList(prefixItems) ? prefixItems[Number(member)] : undefined) ?? items
  }
  const listed = isJsonObject(schema['properties']) ? own(schema['properties'], member) : undefined
  if (listed !== undefined) return listed
  return schema['additionalProperties'] === false && !('patternProperties' in schema) ? undefined : true
}
