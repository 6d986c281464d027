/**
 * How much of what requests say is worked on at a time. The embedded database computes on the thread that stops things,
 * and answers nobody else during a transaction: a statement takes texts, words or rows for some twentieth of a second, a
 * transaction for a few of these. SPEC 8.
 */
import { MOST_WORDS } from './words.ts'

/** Of a statement: as many as the largest request has. */
export const WORDS_AT_ONCE = MOST_WORDS
/** Of a transaction. */
export const WORDS_TOGETHER = 2 * MOST_WORDS
/** Of the new requests that join the tree together, in bytes. */
export const TEXT_TOGETHER = 131_072

/** Characters of JSON that one turn of the event loop parses. */
export const PARSED_IN_TURN = 100_000

/** Requests whose whole texts are in memory at once: of the largest, some megabyte. */
export const TEXTS_AT_ONCE = 8

/** In order, each of `most` at most altogether, or one that is larger. */
export function portions<T>(all: readonly T[], sizeOf: (one: T) => number, most: number): readonly (readonly T[])[] {
  const found: T[][] = []
  let room = -1
  for (const one of all) {
    const size = sizeOf(one)
    if (size > room) {
      found.push([])
      room = most
    }
    found.at(-1)?.push(one)
    room -= size
  }
  return found
}

/** As many of the first as have requests of `most` at most altogether, or of one that is larger. */
export function firstWithin<T>(
  all: readonly T[],
  requestOf: (one: T) => string | undefined,
  sizes: ReadonlyMap<string, number>,
  most: number,
): readonly T[] {
  const counted = new Set<string>()
  let room = most
  const end = all.findIndex((one) => {
    const request = requestOf(one) ?? ''
    const size = sizes.get(request) ?? 0
    if (size === 0 || counted.has(request)) return false
    room -= size
    return counted.add(request).size > 1 && room < 0
  })
  return end === -1 ? all : all.slice(0, end)
}
