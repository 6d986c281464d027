/**
 * The JSON Canonicalization Scheme: exactly one text for each value.
 *
 * Calls no `toJSON`, drops nothing, coerces nothing. Values without a single JSON form are refused. RFC 8785, SPEC 4.
 */
import { ApprovalError } from '../errors/approval-error.ts'
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  MAX_JSON_DEPTH,
  refuseIllFormed,
  refuseInexact,
  refuseTooDeep,
} from './json.ts'

/**
 * Writes a value in its one canonical form: members sorted by UTF-16 code unit, numbers and strings as ECMAScript
 * writes them, no white space, no Unicode normalisation.
 *
 * Throws `invalid_request` for lone surrogates, non-finite numbers, integers beyond 2^53-1, nesting beyond 32 levels,
 * and anything that is not JSON: undefined, functions, bigint, holes in arrays, instances of classes. Reads enumerable
 * members once each; does not look for others. RFC 8785.
 */
export function canonicalize(value: JsonValue): string {
  return write(value, MAX_JSON_DEPTH)
}

function write(value: unknown, levelsLeft: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value)
    case 'number':
      refuseInexact(value)
      return String(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      refuseTooDeep(levelsLeft)
      if (Array.isArray(value)) return writeArray(value, levelsLeft - 1)
      if (isJsonObject(value)) return writeObject(value, levelsLeft - 1)
  }
  throw notJson()
}

// Most strings need no escape, and JSON.stringify is slow for short ones.
const PLAIN = /^[ !#-[\]-~]*$/

function writeString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  refuseIllFormed(text)
  return JSON.stringify(text)
}

function writeArray(items: readonly unknown[], levelsLeft: number): string {
  let text = ''
  for (const item of items) text += `${text && ','}${write(item, levelsLeft)}`
  return `[${text}]`
}

function writeObject(value: JsonObject, levelsLeft: number): string {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw notJson()
  let text = ''
  // By UTF-16 code unit, which is how ECMAScript sorts strings.
  for (const name of Object.keys(value).sort()) {
    text += `${text && ','}${writeString(name)}:${write(value[name], levelsLeft)}`
  }
  return `{${text}}`
}

function notJson(): ApprovalError {
  return new ApprovalError('invalid_request', { message: 'Send plain JSON data.' })
}
