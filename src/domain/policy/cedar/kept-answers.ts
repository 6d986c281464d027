/**
 * The last answers of a slice: the engine answers the same call alike, and an agent's calls are often the same to the
 * rules. A bounded number of calls of bounded length. SPEC 11.
 */
import type { Response } from '@cedar-policy/cedar-wasm/web'
import type { SliceCall } from './call.ts'

export interface Answers {
  /** The kept answer, or that of `ask`, which is kept where there is one. */
  readonly find: (call: SliceCall, ask: () => Response | undefined) => Response | undefined
}

const MAX_KEPT = 500
/** Of a call, as JSON. */
const MAX_LENGTH = 2_000

export function createAnswers(): Answers {
  const kept = new Map<string, Response>()
  return {
    find(call, ask) {
      const key = JSON.stringify(call)
      const known = kept.get(key)
      if (known) return known
      const answer = ask()
      if (answer && key.length <= MAX_LENGTH) keep(key, answer)
      return answer
    },
  }

  function keep(key: string, answer: Response): void {
    kept.set(key, answer)
    const [oldest] = kept.keys()
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest)
  }
}
