/**
 * Canonical JSON of what was read strictly already: the platform's own writer, given the members in order.
 *
 * In: claims, statements: objects whose member names are words and whose numbers are whole. Out: their RFC 8785 text.
 * A text that needs an escape goes through `canonicalize`, which refuses values without a canonical form.
 */
import { canonicalize, type JsonValue } from '@countersign/verifier'

export function canonicalText(value: JsonValue): string {
  const text = JSON.stringify(sorted(value))
  return text.includes('\\') ? canonicalize(value) : text
}

function sorted(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const members: Record<string, JsonValue> = {}
  for (const name of Object.keys(value).sort())
    members[name] = sorted((value as Record<string, JsonValue>)[name] ?? null)
  return members
}
