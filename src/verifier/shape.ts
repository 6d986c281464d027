/**
 * Reads values whose shape is closed: these members, of these kinds, and no others.
 *
 * In:  untrusted JSON.
 * Out: the same value, typed.
 *
 * Throws `invalid_request` naming the member; whoever reads a token, a list or a proof maps that to its own code.
 */
import type { Digest } from './encoding.ts'
import { ApprovalError } from './errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'

/** Base64url of exactly 16 bytes, unused bits zero. */
export const BASE64URL_16 = /^[\w-]{21}[AQgw]$/
/** Base64url of exactly 32 bytes, unused bits zero. */
export const BASE64URL_32 = /^[\w-]{42}[AEIMQUYcgkosw048]$/
/** A `Digest`. */
export const DIGEST = /^sha-256:[\w-]{42}[AEIMQUYcgkosw048]$/

/** An object that has all of `required`, perhaps some of `optional`, and nothing else. */
export function closedObject(
  value: unknown,
  where: string,
  required: readonly string[],
  optional: readonly string[] = [],
): JsonObject {
  if (!isJsonObject(value)) throw wrong(where, 'must be an object')
  for (const name of required) if (!Object.hasOwn(value, name)) throw wrong(`${where}.${name}`, 'is missing')
  let known = required.length
  for (const name of optional) if (Object.hasOwn(value, name)) known++
  if (Object.keys(value).length !== known) throw wrong(where, 'has a member that does not belong there')
  return value
}

/** A string of `min` to `max` code points. */
export function text(value: JsonValue | undefined, where: string, max: number, min = 1): string {
  if (typeof value !== 'string') throw wrong(where, 'must be a string')
  // Code points never outnumber code units, so counting them is only needed at the edge.
  if (value.length < min || (value.length > max && codePoints(value, max) > max)) {
    throw wrong(where, `must have ${min} to ${max} characters`)
  }
  return value
}

/** A string that matches `pattern` from end to end. */
export function matching(value: JsonValue | undefined, where: string, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw wrong(where, 'is not of the right form')
  return value
}

/** A `Digest`. */
export function digest(value: JsonValue | undefined, where: string): Digest {
  if (!isDigest(value)) throw wrong(where, 'must be a sha-256 digest')
  return value
}

/** An integer from `min` to `max`. */
export function integer(
  value: JsonValue | undefined,
  where: string,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (!Number.isInteger(value) || typeof value !== 'number' || value < min || value > max) {
    throw wrong(where, `must be an integer of at least ${min}`)
  }
  return value
}

/** A boolean. */
export function boolean(value: JsonValue | undefined, where: string): boolean {
  if (typeof value !== 'boolean') throw wrong(where, 'must be true or false')
  return value
}

/** An array of `min` to `max` items. */
export function array(value: JsonValue | undefined, where: string, min: number, max: number): readonly JsonValue[] {
  if (!Array.isArray(value) || value.length < min || value.length > max) {
    throw wrong(where, `must be an array of ${min} to ${max} items`)
  }
  return value
}

/** `Object.freeze`, all the way down. Data from `parseJson` has no cycles. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member)
    Object.freeze(value)
  }
  return value
}

function isDigest(value: JsonValue | undefined): value is Digest {
  return typeof value === 'string' && DIGEST.test(value)
}

function codePoints(value: string, enough: number): number {
  if (value.length > 2 * enough) return value.length
  let count = 0
  for (const _ of value) count++
  return count
}

function wrong(where: string, what: string): ApprovalError {
  return new ApprovalError('invalid_request', { message: `${where} ${what}. Correct it and send it again.` })
}
