/**
 * A cache of a slice's last answers: equal calls get equal answers, and most calls of an agent differ in nothing that
 * the policies read. Bounded in number and length. SPEC 11.
 */
import type { Response } from '@cedar-policy/cedar-wasm/web'

/** By call, as JSON. */
export interface Answers {
  readonly find: (call: string) => Response | undefined
  readonly keep: (call: string, answer: Response) => void
}

const MAX_KEPT = 500
const MAX_LENGTH = 2_000

export function createAnswers(): Answers {
  const kept = new Map<string, Response>()
  return {
    find: (call) => kept.get(call),
    keep(call, answer) {
      if (call.length > MAX_LENGTH) return
      kept.set(call, answer)
      const [oldest] = kept.keys()
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest)
    },
  }
}
