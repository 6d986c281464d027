/** Looks again and again for what is about to be there. */
import { sleep } from '../client/agent/sleep.ts'

const POLL_MS = 100

/** What `look` found, or undefined when it found nothing for so long. Rejects when `signal` aborts. */
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
