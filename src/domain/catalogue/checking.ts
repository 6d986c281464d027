/** One check of arguments against a schema, in progress: where it is, and how much work it has done. */
import { canonicalize, type JsonObject, type JsonValue } from '@countersign/verifier'

/** `path`: of the member, from the arguments. `expected`: what it has to be, in words that hold nothing of the arguments. */
export interface Misfit {
  readonly path: readonly (string | number)[]
  readonly expected: string
}

export type Found = Misfit | null

/** An instance, the schema that it is held against, and its path. */
export interface Place {
  readonly schema: JsonObject
  readonly instance: JsonValue
  readonly path: Misfit['path']
}

/** The check of one keyword, whose value comes first. */
export type Check = (value: JsonValue, at: Place, checking: Checking) => Found

/** In checks of a keyword, or of 16 characters of text. */
const MOST_WORK = 400_000
/** In characters of a text times the size of its pattern. */
const MOST_MATCHING = 400_000
const MOST_DEPTH = 512

export class TooMuchWork extends Error {
  override readonly name = 'TooMuchWork'
}

export interface Checking {
  /** The root's definitions. */
  readonly definitions: JsonObject
  readonly check: (schema: JsonValue, instance: JsonValue, path: Misfit['path']) => Found
  /** Throws `TooMuchWork`. */
  readonly spend: (characters?: number) => void
  /** Throws `TooMuchWork`. `work`: characters times the size of their pattern. */
  readonly spendMatching: (work: number) => void
}

/** `checkAll` checks every keyword of a schema. */
export function createChecking(
  definitions: JsonObject,
  checkAll: (schema: JsonValue, at: Omit<Place, 'schema'>, checking: Checking) => Found,
): Checking {
  let [work, matching, depth] = [0, 0, 0]
  const demand = (holds: boolean) => {
    if (!holds) throw new TooMuchWork()
  }
  const checking: Checking = {
    definitions,
    check(schema, instance, path) {
      checking.spend()
      depth++
      demand(depth <= MOST_DEPTH)
      const found = checkAll(schema, { instance, path }, checking)
      depth--
      return found
    },
    spend(characters = 0) {
      work += 1 + characters / 16
      demand(work <= MOST_WORK)
    },
    spendMatching(more) {
      matching += more
      demand(matching <= MOST_MATCHING)
    },
  }
  return checking
}

export const unless = (holds: boolean, { path }: Pick<Place, 'path'>, expected: string): Found =>
  holds ? null : { path, expected }

/** The first misfit among many. */
export function first<T>(values: Iterable<T>, checkOne: (value: T) => Found): Found {
  for (const value of values) {
    const found = checkOne(value)
    if (found) return found
  }
  return null
}

/** The text by which values are equal. */
export function canonical(checking: Checking, value: JsonValue): string {
  const text = canonicalize(value)
  checking.spend(text.length)
  return text
}

/** A member of the object itself: a name such as `constructor` is one like others. */
export const own = (object: JsonObject, name: string): JsonValue | undefined =>
  Object.getOwnPropertyDescriptor(object, name)?.value
