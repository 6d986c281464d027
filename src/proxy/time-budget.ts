/** Time that may be spent in parts. */
export interface TimeBudget {
  readonly start: () => void
  readonly stop: () => void
}

/** Calls `spent` once `totalMs` have gone by between `start` and `stop`, or `atOnceMs` without a stop. */
export function createTimeBudget(totalMs: number, spent: () => void, atOnceMs = totalMs): TimeBudget {
  let left = totalMs
  let since = 0
  let timer: NodeJS.Timeout | undefined

  function stop(): void {
    if (timer === undefined) return
    clearTimeout(timer)
    timer = undefined
    left = Math.max(0, left - (performance.now() - since))
  }
  return {
    start() {
      stop()
      since = performance.now()
      timer = setTimeout(spent, Math.min(left, atOnceMs))
    },
    stop,
  }
}
