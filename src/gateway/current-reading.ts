/**
 * A reading that many callers share: one at a time. A caller joins the reading under way only if that began late enough
 * for it, since an earlier one may tell what is no more.
 */

/** The value of a reading that began at `since` or later. In milliseconds of `performance.now()`; default: now. */
export type CurrentReading<T> = (since?: number) => Promise<T>

interface UnderWay<T> {
  readonly beganAt: number
  readonly value: Promise<T>
}

/** `read` gets the instant at which it begins. A rejection goes to every caller of that reading. */
export function createCurrentReading<T>(read: (beganAt: number) => Promise<T>): CurrentReading<T> {
  let underWay: UnderWay<T> | undefined

  function begin(): UnderWay<T> {
    const beganAt = performance.now()
    const value = read(beganAt).finally(() => {
      underWay = undefined
    })
    return { beganAt, value }
  }

  return async (since = performance.now()) => {
    while (underWay && underWay.beganAt < since) await underWay.value.catch(() => {})
    underWay ??= begin()
    return underWay.value
  }
}
