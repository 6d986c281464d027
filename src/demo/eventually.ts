/** Polls until a value is there. */
import { sleep } from '../client/agent/sleep.ts'

const POLL_MS = 100

/** The value that `look` found, or undefined after `withinMs`. Rejects when `signal` aborts. */
export async function eventually<T>(
  look: () => Promise<T | undefined>,
  withinMs: number,
  signal: AbortSignal,
): Promise<T | undefined> {
  const end = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined || performance.now() > end) return found
    await sleep(POLL_MS, signal)
  }
}
