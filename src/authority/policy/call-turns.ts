/**
 * Serialises the counted calls of one agent within a process, so that concurrent calls need not be decided again.
 * Between processes the deciding statement detects the conflict.
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
