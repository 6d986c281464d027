/**
 * Passes messages between a client and servers on, in order, while the authority knows the client’s agent. Where that was
 * not looked up within a second, at most 256 messages wait for the answer.
 */
import type { AgentStanding } from '../gate/agent-standing.ts'

export interface Telling {
  /** `refused` is called in place of `send`. */
  readonly tell: (send: () => void, refused?: () => void) => void
  /** When nothing waits any more that was told before. */
  readonly settled: () => Promise<void>
}

const MAX_WAITING = 256

export function createTelling(standing: AgentStanding): Telling {
  let last = Promise.resolve()
  let waiting = 0
  return {
    settled: () => last,
    tell(send, refused = () => {}) {
      if (waiting === 0 && standing.isGood()) send()
      else if (waiting >= MAX_WAITING) refused()
      else {
        waiting++
        last = Promise.all([standing.check(), last]).then(([problem]) => {
          waiting--
          if (problem) refused()
          else send()
        })
      }
    },
  }
}
