/**
 * What a statement reads or writes at a time. The embedded database computes on the thread that stops things, so a
 * statement takes no more texts, words or rows than it works on in some twentieth of a second. SPEC 8.
 */
import { MOST_WORDS } from '../../domain/ledger/words.ts'

/** As many as the largest request has. */
export const WORDS_AT_ONCE = MOST_WORDS
/** In bytes: some of the largest requests. */
export const TEXT_AT_ONCE = 262_144

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
