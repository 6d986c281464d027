/**
 * Calls of one agent that are counted decide one after another in a process, so that they need not decide anew when
 * they meet. Between processes the deciding statement compares.
 */
export interface CallTurns {
  /** Runs `work` when the earlier works of this key have ended, however they did. */
  readonly take: <T>(key: string, work: () => Promise<T>) => Promise<T>
}

export function createCallTurns(): CallTurns {
  const last = new Map<string, Promise<unknown>>()
  return {
    take(key, work) {
      const turn = (last.get(key) ?? Promise.resolve()).then(work, work)
      const ended = turn
        .catch(() => undefined)
        .then(() => {
          if (last.get(key) === ended) last.delete(key)
        })
      last.set(key, ended)
      return turn
    },
  }
}
