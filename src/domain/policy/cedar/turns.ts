/**
 * Splits long work on policies into pieces that yield to the other work of the thread: a kill switch does not wait for
 * a policy text. Pieces are counted in characters of policies. SPEC 11.
 */
import type { CedarHost } from './engine.ts'

/** Yields, before each piece, the characters that it works on. */
export type Steps<T> = Generator<number, T, undefined>

/** Of one turn: some 10 ms. */
const TURN_CHARACTERS = 2_000

/** For a thread in which nothing else waits. */
export function atOnce<T>(steps: Steps<T>): T {
  let step = steps.next()
  while (!step.done) step = steps.next()
  return step.value
}

export async function inTurns<T>({ othersTurn }: CedarHost, steps: Steps<T>): Promise<T> {
  if (othersTurn === null) return atOnce(steps)
  let characters = 0
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value
    if (characters > 0 && characters + step.value > TURN_CHARACTERS) {
      await othersTurn()
      characters = 0
    }
    characters += step.value
  }
}
