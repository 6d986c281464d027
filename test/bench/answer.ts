/** From an approver's assertion on its way to the authority until the agent that waited holds its token. */
import { createClient } from '../../src/client/client.ts'
import { type Bench, figure, median, pause, quantile, roundsOf } from './harness.ts'
import { type Approver, FORUM, forumAction, mustSucceed, registerParties } from './parties.ts'
import { startProduct } from './product.ts'

const ROUNDS = 120
const WARM_UP = 30
/** Long enough for the agent's poll to have arrived and to wait. */
const SETTLE_MS = 25

export const answer: Bench = {
  name: 'answer',
  about: 'milliseconds from a consent being sent to the waiting agent holding its token, on PostgreSQL',
  async run(ground) {
    const { databases } = ground
    const url = await databases.fresh()
    const product = await startProduct(url)
    try {
      const { agentCredential, approver } = await registerParties(product)
      const agent = createClient({ origin: product.origin, credential: agentCredential })
      const times: number[] = []
      for (let round = 0; round < WARM_UP + roundsOf(ground, ROUNDS); round++)
        times.push(await timeAnswer(agent, approver))
      const value = median(times.slice(WARM_UP))
      return [
        figure({ name: 'answer', value, unit: 'ms', target: { of: 'value', is: '<', limit: 15 } }),
        figure({ name: 'answer-p99', value: quantile(times.slice(WARM_UP), 0.99), unit: 'ms' }),
      ]
    } finally {
      await product.stop()
      await databases.drop(url)
    }
  },
}

export async function timeAnswer(
  agent: ReturnType<typeof createClient>,
  { page, authenticator }: Approver,
  audience = FORUM,
  action = forumAction('forum.post'),
): Promise<number> {
  const { id } = mustSucceed(await agent.propose({ body: { audience, action } }))
  const { options } = mustSucceed(await page.call('offerConsent', { params: { id } }))
  const assertion = await authenticator.assert({ challenge: String(options['challenge']) })
  const waiting = agent
    .call('collectToken', { params: { id }, waitSeconds: 20 })
    .then((collected) => ({ collected, at: performance.now() }))
  await pause(SETTLE_MS)
  const sentAt = performance.now()
  const consented = page.call('consent', { params: { id }, body: { assertion: assertion as never } })
  const { collected, at } = await waiting
  mustSucceed(collected)
  mustSucceed(await consented)
  return at - sentAt
}
