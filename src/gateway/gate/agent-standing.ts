/**
 * Whether the agent may act at this gateway: the authority knows its credential, and no kill switch stops it here. Looked
 * up before every request that no evaluation decides. A yes is believed for a second, a no is asked again. SPEC 14.
 */
import type { Client, Problem } from '../../client/client.ts'

export interface AgentStanding {
  /** What is against the agent. Never rejects. */
  readonly check: () => Promise<Problem | undefined>
  /** Whether it was good within the last second. */
  readonly isGood: () => boolean
  /** An evaluation that was asked for at this instant has rested on the credential. */
  readonly seenAt: (instant: number) => void
  /** What was believed is no longer: an evaluation was refused. */
  readonly doubt: () => void
}

const BELIEVED_MS = 1000

/** `audience`: the executor that the gateway is. */
export function createAgentStanding(id: string, authority: Client, audience: string): AgentStanding {
  let goodAt = Number.NEGATIVE_INFINITY
  let asking: Promise<Problem | undefined> | undefined
  const isGood = () => performance.now() - goodAt < BELIEVED_MS

  async function ask(): Promise<Problem | undefined> {
    const askedAt = performance.now()
    const answer = await authority.call('viewOwnCredential', { query: { audience } })
    if (!answer.ok) return answer.problem
    if (answer.value.kind !== 'agent' || answer.value.subject !== id) return OTHER
    goodAt = askedAt
    return undefined
  }

  return {
    isGood,
    seenAt(instant) {
      goodAt = Math.max(goodAt, instant)
    },
    doubt() {
      goodAt = Number.NEGATIVE_INFINITY
    },
    async check() {
      if (isGood()) return undefined
      asking ??= ask().finally(() => {
        asking = undefined
      })
      return asking
    },
  }
}

const OTHER: Problem = {
  code: 'unauthenticated',
  detail: 'The credential is of another agent than the gateway’s configuration says. Ask an operator.',
}
