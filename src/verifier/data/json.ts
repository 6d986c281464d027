/**
 * Strict JSON: parses text and refuses everything that two parsers could read differently.
 *
 * Knows no schema. The native parser does the work; one walk over its result and one scan of the text find the faults
 * that it silently repairs: duplicate members, rounded integers, lone surrogates. RFC 8259, RFC 7493, SPEC 4.
 */
import { ApprovalError } from '../errors/approval-error.ts'

/** Anything JSON can say. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

/** A JSON object. Every member is an own property. */
export interface JsonObject {
  readonly [name: string]: JsonValue
}

/** Deepest nesting of arrays and objects that is read: the value itself is level 1. */
export const MAX_JSON_DEPTH = 32

/**
 * Parses text strictly.
 *
 * Refuses, with `invalid_request`: anything RFC 8259 does not allow, a doubled member name in one object, lone
 * surrogates, numbers that overflow, integers beyond 2^53-1 however written, and nesting beyond `maxDepth` (default 32).
 * Does not limit size: callers do, before they hold the text. SPEC 4.
 */
export function parseJson(text: string, options: { readonly maxDepth?: number } = {}): JsonValue {
  let value: JsonValue
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ApprovalError('invalid_request', { message: 'This is not JSON.', cause })
  }
  // The parser keeps the last of two equal members: then the text has more members than the value.
  const hasSurrogates = SURROGATE.test(text)
  if (countMembers(value, options.maxDepth ?? MAX_JSON_DEPTH, hasSurrogates) !== countWrittenMembers(text)) {
    throw refuse('A member name occurs twice.')
  }
  return value
}

/** Tells a JSON object from an array, null and the rest. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Refuses text with half a surrogate pair: it has no UTF-8 form. Throws `invalid_request`. */
export function refuseIllFormed(text: string): void {
  if (/\p{Surrogate}/u.test(text)) throw refuse('A string holds half a surrogate pair.')
}

/** Refuses NaN, infinities and integers beyond 2^53-1: they have no single decimal form. Throws `invalid_request`. */
export function refuseInexact(value: number): void {
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw refuse('Write a number beyond 2^53 as a string.')
  }
}

/** Refuses nesting below the deepest allowed level. Throws `invalid_request`. */
export function refuseTooDeep(levelsLeft: number): void {
  if (levelsLeft < 1) throw refuse('Nest less deeply.')
}

/** Any surrogate, raw or escaped, lone or not: without one no string of the text can be ill-formed. */
const SURROGATE = /[\ud800-\udfff]|\\u[dD][89a-fA-F]/

/** Walks a parsed value: refuses what is ambiguous, returns how many object members it has in all. */
function countMembers(value: JsonValue, levelsLeft: number, hasSurrogates: boolean): number {
  if (typeof value === 'string' && hasSurrogates) refuseIllFormed(value)
  if (typeof value === 'number') refuseInexact(value)
  if (typeof value !== 'object' || value === null) return 0
  refuseTooDeep(levelsLeft)
  let count = 0
  if (isArray(value)) {
    for (const item of value) count += countMembers(item, levelsLeft - 1, hasSurrogates)
    return count
  }
  for (const name of Object.keys(value)) {
    if (hasSurrogates) refuseIllFormed(name)
    count += 1 + countMembers(value[name] as JsonValue, levelsLeft - 1, hasSurrogates)
  }
  return count
}

/** Counts the strings of valid JSON text that are followed by a colon: its member names. */
function countWrittenMembers(text: string): number {
  let count = 0
  let open = text.indexOf('"')
  while (open !== -1) {
    let next = closingQuote(text, open) + 1
    while (isSpace(text.charCodeAt(next))) next++
    if (text.charCodeAt(next) === COLON) count++
    open = text.indexOf('"', next)
  }
  return count
}

/** Index of the quote that ends the string opened at `open`. The text is known to be valid JSON. */
function closingQuote(text: string, open: number): number {
  let close = text.indexOf('"', open + 1)
  while (isEscaped(text, close)) close = text.indexOf('"', close + 1)
  return close
}

function isEscaped(text: string, quote: number): boolean {
  let before = quote
  while (text.charCodeAt(before - 1) === BACKSLASH) before--
  return (quote - before) % 2 === 1
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

function isArray(value: object): value is readonly JsonValue[] {
  return Array.isArray(value)
}

const COLON = 0x3a
const BACKSLASH = 0x5c

function refuse(message: string): ApprovalError {
  return new ApprovalError('invalid_request', { message })
}
