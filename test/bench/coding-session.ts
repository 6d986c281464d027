/** How often a coding agent interrupts a person in 100 tool calls, under the default policy and with grants. */
import { runSession } from '../grants/coding-session.ts'
import { startGround } from '../grants/ground.ts'
import { type Bench, figure } from './harness.ts'

export const codingSession: Bench = {
  name: 'coding-session',
  about:
    'interruptions of a person by a scripted session of 100 tool calls, and destructive calls that ran within a grant',
  async run({ databases }) {
    const databaseUrl = await databases.fresh()
    // One person alone, as with most agents that write code.
    const ground = await startGround({ databaseUrl, settings: { COUNTERSIGN_SELF_APPROVAL: 'true' } })
    try {
      const { calls, interruptions, destructiveUnderGrant } = await runSession(ground)
      if (calls !== 100) throw new Error(`The session made ${calls} calls`)
      const atMost = (limit: number) => ({ of: 'value', is: '≤', limit }) as const
      const destroyed = { value: destructiveUnderGrant, unit: 'destructive calls', target: atMost(0) }
      return [
        figure({ name: 'coding-session', value: interruptions, unit: 'interruptions', target: atMost(5) }),
        figure({ name: 'coding-session-in-grants', ...destroyed }),
      ]
    } finally {
      await ground.authority.stop()
      await databases.drop(databaseUrl)
    }
  },
}
