/** A pause that a signal can cut short. */

/** Rejects with the signal's reason when it aborts. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const woken = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', woken)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', woken, { once: true })
  })
}
