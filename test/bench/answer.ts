/**
 * From an approver's assertion on its way to the authority until the agent that waited holds its token.
 *
 * The yardstick is the same way with nothing in it: as many statements in as many turns, as many commits and signatures,
 * and a notification that wakes the waiting call, at a bare server. Before, it was 20 statements one after another.
 */
import { createClient } from '../../src/client/client.ts'
import { startServer } from './bench-servers.ts'
import { type Bench, figure, pause, quantile, roundsOf } from './harness.ts'
import { type Approver, FORUM, forumAction, mustSucceed, registerParties } from './parties.ts'
import { NODE_FLAGS, startProduct } from './product.ts'
import { bareDatabase } from './redemption-ground.ts'

const ROUNDS = 120
const WARM_UP = 30
/** Long enough for the agent's poll to have arrived and to wait. */
const SETTLE_MS = 25

export const answer: Bench = {
  name: 'answer',
  about: 'milliseconds from a consent being sent to the waiting agent holding its token, on PostgreSQL',
  async run(ground) {
    const { databases } = ground
    const { url, options } = await databases.authority()
    const product = await startProduct(url, options)
    const bareUrl = await bareDatabase(databases)
    const server = await startServer('bare-answer', { DATABASE_URL: bareUrl }, NODE_FLAGS)
    try {
      const { agentCredential, approver } = await registerParties(product)
      const agent = createClient({ origin: product.origin, credential: agentCredential })
      const times: number[] = []
      const bare: number[] = []
      for (let round = 0; round < WARM_UP + roundsOf(ground, ROUNDS); round++) {
        times.push(await timeAnswer(agent, approver))
        bare.push(await timeBare(`http://127.0.0.1:${server.port}`))
      }
      const of = (share: number) => ({
        value: quantile(times.slice(WARM_UP), share),
        yardstick: quantile(bare.slice(WARM_UP), share),
        unit: 'ms',
      })
      return [
        figure({ name: 'answer', ...of(0.5), target: { of: 'value', is: '<', limit: 15 } }),
        figure({ name: 'answer-p99', ...of(0.99) }),
      ]
    } finally {
      await Promise.all([server.stop(), product.stop()])
      for (const one of [url, bareUrl]) await databases.drop(one)
    }
  },
}

async function timeBare(origin: string): Promise<number> {
  const waiting = answered(`${origin}/token`).then(() => performance.now())
  await pause(SETTLE_MS)
  const sentAt = performance.now()
  const consented = answered(`${origin}/consent`)
  const at = await waiting
  await consented
  return at - sentAt
}

async function answered(url: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: '{}' })
  if (!response.ok) throw new Error(`The bare server answered with ${response.status}`)
  await response.json()
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
