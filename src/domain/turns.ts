/**
 * Splits long work into pieces that yield to the other work of the thread: a kill switch does not wait for a policy text
 * or for the arguments of a call. Pieces are counted in characters that are read. SPEC 11.
 */

/** Yields, before each piece, the characters that it works on. */
export type Steps<T> = Generator<number, T, undefined>

export interface Turns {
  /** Null for a thread in which nothing else waits. */
  readonly othersTurn: (() => Promise<void>) | null
  /** Characters of one turn, where reading one costs less than a parser takes for it. */
  readonly characters?: number
}

/** Node and workerd have it, browsers do not. */
declare const setImmediate: ((turn: () => void) => void) | undefined

/** Without the millisecond that a timer takes at least. */
const soon = typeof setImmediate === 'function' ? setImmediate : (turn: () => void) => setTimeout(turn, 0)

/**
 * Gives other work a turn of the event loop. What is soon may still belong to the turn in which it was asked for; what is
 * soon after that comes when input was read again.
 */
export const othersTurn = (): Promise<void> => new Promise((resolve) => soon(() => soon(resolve)))

/** Of one turn of a parser: some 10 ms. */
const TURN_CHARACTERS = 2_000

export function atOnce<T>(steps: Steps<T>): T {
  let step = steps.next()
  while (!step.done) step = steps.next()
  return step.value
}

export async function inTurns<T>(
  { othersTurn, characters: most = TURN_CHARACTERS }: Turns,
  steps: Steps<T>,
): Promise<T> {
  if (othersTurn === null) return atOnce(steps)
  let characters = 0
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value
    if (characters > 0 && characters + step.value > most) {
      await othersTurn()
      characters = 0
    }
    characters += step.value
  }
}

/** Of one turn, in milliseconds. */
const BUSY_MS = 8

/**
 * For work that is asked for many times at once: each is done after the one before, and others get a turn when they took
 * long enough together.
 */
export function oneByOne(): <T>(work: () => Promise<T>) => Promise<T> {
  let before: Promise<unknown> = Promise.resolve()
  let busyMs = 0
  const othersFirst = async () => {
    if (busyMs < BUSY_MS) return
    busyMs = 0
    await othersTurn()
  }
  return (work) => {
    const done = before.then(async () => {
      const startedAt = performance.now()
      return work().finally(() => {
        busyMs += performance.now() - startedAt
      })
    })
    before = done.then(othersFirst, othersFirst)
    return done
  }
}
