/** Whether a path of the catalogue can lead to an argument, as far as the schema says. SPEC 10.8. */

import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { own } from './checking.ts'
import { isList, refersTo } from './schema.ts'

const MAX_STEPS = 64

/** False only where the schema lists all members and this is none. */
export function canLead(root: JsonObject, path: string): boolean {
  const definitions = isJsonObject(root['$defs']) ? root['$defs'] : {}
  let steps = 0
  const leads = (schema: JsonValue | undefined, rest: string): boolean => {
    steps++
    if (!isJsonObject(schema) || steps > MAX_STEPS) return schema !== false
    const name = refersTo(schema['$ref'])
    if (name !== undefined) return leads(own(definitions, name), rest)
    return readingsOf(rest).some(([member, further]) => {
      const inner = memberSchema(schema, member)
      return inner !== undefined && (further === null || leads(inner, further))
    })
  }
  return leads(root, path)
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
