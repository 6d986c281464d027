/**
 * What servers send to a client by themselves, in order, while the authority knows its agent: where that was not looked
 * up within a second, messages wait for the answer, and no more than some hundred of them.
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
