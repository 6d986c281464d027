/**
 * Readers for values whose shape is closed: these members, of these kinds, and no others.
 *
 * A reader throws `invalid_request` and names the member; readers of tokens, lists and proofs map that to their own
 * code. Fills in no default and coerces nothing.
 */
import { ApprovalError } from '../errors/approval-error.ts'
import type { Digest } from './digest.ts'
import { isJsonObject } from './json.ts'

/** Reads one value. `where` is the name of its member, for the message. */
export type Reader<T> = (value: unknown, where: string) => T

type Readers = Readonly<Record<string, Reader<unknown>>>
type Required<M extends Readers> = { readonly [K in keyof M]: ReturnType<M[K]> }
type Optional<M extends Readers> = { readonly [K in keyof M]?: ReturnType<M[K]> }

/** An object that has all of `required`, perhaps some of `optional`, and nothing else. */
export function object<R extends Readers, O extends Readers = Record<never, never>>(
  required: R,
  optional?: O,
): Reader<Required<R> & Optional<O>> {
  return membersReader(required, optional, true)
}

/** As `object`, but unknown members are left out: for formats of other specifications, which may grow. */
export function openObject<R extends Readers, O extends Readers = Record<never, never>>(
  required: R,
  optional?: O,
): Reader<Required<R> & Optional<O>> {
  return membersReader(required, optional, false)
}

/**
 * The copy has its members in canonical order (RFC 8785), so that it can be written without sorting. Where it is
 * closed, every member of the value has to have a reader.
 */
function membersReader<R extends Readers, O extends Readers>(
  required: R,
  optional: O | undefined,
  isClosed: boolean,
): Reader<Required<R> & Optional<O>> {
  const readers = Object.entries<Reader<unknown>>({ ...required, ...optional }).sort(([a], [b]) => (a < b ? -1 : 1))
  return (value, where) => {
    if (!isJsonObject(value)) throw misfit(where)
    const copy: Record<string, unknown> = {}
    let copied = 0
    for (const [name, read] of readers) {
      if (Object.hasOwn(value, name)) copy[name] = read(value[name], name)
      else if (Object.hasOwn(required, name)) copy[name] = read(undefined, name)
      else continue
      copied++
    }
    if (isClosed && Object.keys(value).length !== copied) throw misfit(where)
    return Object.freeze(copy) as Required<R> & Optional<O>
  }
}

/** An array of `min` to `max` items. */
export function array<T>(item: Reader<T>, min: number, max: number): Reader<readonly T[]> {
  return (value, where) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) throw misfit(where)
    return Object.freeze(value.map((entry) => item(entry, where)))
  }
}

/** A string of `min` (default 1) to `max` code points. */
export function text(max: number, min = 1): Reader<string> {
  return (value, where) => {
    if (typeof value !== 'string' || value.length < min) throw misfit(where)
    // Code points never outnumber code units, nor are they fewer than half: only in between they need counting.
    if (value.length > max && (value.length > 2 * max || Array.from(value).length > max)) throw misfit(where)
    return value
  }
}

/** A string that matches `pattern`, which says where it begins and ends. */
export function matching(pattern: RegExp): Reader<string> {
  return (value, where) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw misfit(where)
    return value
  }
}

/** An integer from `min` to `max`. */
export function integer(min = 0, max = Number.MAX_SAFE_INTEGER): Reader<number> {
  return (value, where) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) throw misfit(where)
    return value
  }
}

export function oneOf<const T extends string | number | boolean>(...values: readonly T[]): Reader<T> {
  return (value, where) => {
    if (!values.includes(value as T)) throw misfit(where)
    return value as T
  }
}

/** The value that `read` reads, or null. */
export function nullable<T>(read: Reader<T>): Reader<T | null> {
  return (value, where) => (value === null ? null : read(value, where))
}

/** Base64url of exactly 16 bytes, unused bits zero. */
export const bytes16 = matching(/^[\w-]{21}[AQgw]$/)
/** Base64url of exactly 32 bytes, unused bits zero. */
export const bytes32 = matching(/^[\w-]{42}[AEIMQUYcgkosw048]$/)
/** An identifier: 1 to 512 characters, none of them a control character. */
export const id = matching(/^\P{Cc}{1,512}$/u)
/** Epoch seconds. */
export const instant = integer()

const DIGEST = /^sha-256:[\w-]{42}[AEIMQUYcgkosw048]$/

export const digest: Reader<Digest> = (value, where) => {
  if (!isDigest(value)) throw misfit(where)
  return value
}

function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && DIGEST.test(value)
}

/** The refusal of a value: names the member, and nothing of the value. */
export function misfit(where: string): ApprovalError {
  return new ApprovalError('invalid_request', { message: `${where} is missing, malformed or holds too much.` })
}
