/**
 * Canonical text by the platform's own writer, which is faster: ECMAScript writes numbers and strings as RFC 8785 does, and
 * keeps the order of members.
 */
import { canonicalize } from './canonicalize.ts'
import { type JsonObject, type JsonValue, MAX_JSON_DEPTH } from './json.ts'

/** As `canonicalize`, for plain data. What is out of order or needs an escape goes through it, which refuses what it must. */
export function canonicalText(value: JsonObject): string {
  const text = isOrdered(value) ? JSON.stringify(value) : '\\'
  return text.includes('\\') ? canonicalize(value) : text
}

/** Tells whether members are in canonical order at every level, none is a number read inexactly, and none nests too deep. */
export function isOrdered(value: JsonObject, levelsLeft = MAX_JSON_DEPTH): boolean {
  if (levelsLeft < 1) return false
  let before = ''
  for (const name in value) {
    if (name < before || !isPlain(value[name], levelsLeft - 1)) return false
    before = name
  }
  return true
}

function isPlain(member: JsonValue | undefined, levelsLeft: number): boolean {
  if (typeof member === 'string' || typeof member === 'boolean' || member === null) return true
  if (typeof member === 'number') return Number.isSafeInteger(member)
  if (typeof member !== 'object') return false
  return isArray(member) ? isPlainArray(member, levelsLeft) : isOrdered(member, levelsLeft)
}

function isPlainArray(items: readonly JsonValue[], levelsLeft: number): boolean {
  if (levelsLeft < 1) return false
  for (const item of items) if (!isPlain(item, levelsLeft - 1)) return false
  return true
}

const isArray = (value: object): value is readonly JsonValue[] => Array.isArray(value)
