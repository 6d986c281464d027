/**
 * The calls of one caller that are under way at the same time, in this process: beyond a number the next is refused
 * before anything is looked up for it, whether they come on one connection or on many.
 */
interface AtOnce {
  /** Counts one more until the result is called; null where there are too many. */
  readonly enter: (caller: string) => (() => void) | null
}

export function createAtOnce(most: number): AtOnce {
  const counts = new Map<string, number>()
  return {
    enter(caller) {
      const count = counts.get(caller) ?? 0
      if (count >= most) return null
      counts.set(caller, count + 1)
      return () => {
        const left = (counts.get(caller) ?? 1) - 1
        if (left > 0) counts.set(caller, left)
        else counts.delete(caller)
      }
    },
  }
}
