/**
 * Whether the agent may act at this gateway: the authority knows its credential, and no kill switch stops it here. Looked
 * up before every request that no evaluation decides. A yes is believed for a second, a no is asked again. SPEC 14.
 */
import type { Client, Problem } from '../../client/client.ts'
import { createCurrentReading } from '../current-reading.ts'

export interface AgentStanding {
  /** What is against the agent. Never rejects. */
  readonly check: () => Promise<Problem | undefined>
  /** Whether it was good within the last second. */
  readonly isGood: () => boolean
  /** An evaluation that was asked for at this instant has rested on the credential. */
  readonly seenAt: (instant: number) => void
  /** An evaluation was refused: what was asked for before this instant is believed no longer. */
  readonly doubt: () => void
}

const BELIEVED_MS = 1000

/** `audience`: the executor that the gateway is. */
export function createAgentStanding(id: string, authority: Client, audience: string): AgentStanding {
  let goodAt = Number.NEGATIVE_INFINITY
  let doubtedAt = Number.NEGATIVE_INFINITY
  const isGood = () => performance.now() - goodAt < BELIEVED_MS

  function seenAt(instant: number): void {
    if (instant > doubtedAt) goodAt = Math.max(goodAt, instant)
  }

  const ask = createCurrentReading(async (askedAt): Promise<Problem | undefined> => {
    const answer = await authority.call('viewOwnCredential', { query: { audience } })
    if (!answer.ok) return answer.problem
    if (answer.value.kind !== 'agent' || answer.value.subject !== id) return OTHER
    seenAt(askedAt)
    return undefined
  })

  return {
    isGood,
    seenAt,
    doubt() {
      goodAt = Number.NEGATIVE_INFINITY
      doubtedAt = performance.now()
    },
    check: async () => (isGood() ? undefined : ask(Math.max(doubtedAt, performance.now() - BELIEVED_MS))),
  }
}

const OTHER: Problem = {
  code: 'unauthenticated',
  detail: 'The credential is of another agent than the gateway’s configuration says. Ask an operator.',
}
