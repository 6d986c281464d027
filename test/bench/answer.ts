/**
 * From an approver's assertion on its way to the authority until the agent that waited holds its token.
 *
 * The yardstick is what the database alone takes for as many statements one after another, with as many commits.
 */
import postgres from 'postgres'
import { createClient } from '../../src/client/client.ts'
import { type Bench, figure, pause, quantile, roundsOf } from './harness.ts'
import { type Approver, FORUM, forumAction, mustSucceed, registerParties } from './parties.ts'
import { startProduct } from './product.ts'

const ROUNDS = 120
const WARM_UP = 30
/** Long enough for the agent's poll to have arrived and to wait. */
const SETTLE_MS = 25
/** Those that follow one another between assertion and token, and how many of them commit. */
const STATEMENTS = 20
const COMMITS = 3

export const answer: Bench = {
  name: 'answer',
  about: 'milliseconds from a consent being sent to the waiting agent holding its token, on PostgreSQL',
  async run(ground) {
    const { databases } = ground
    const { url, options } = await databases.authority()
    const product = await startProduct(url, options)
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    try {
      await sql`create table bare (at bigint)`
      const { agentCredential, approver } = await registerParties(product)
      const agent = createClient({ origin: product.origin, credential: agentCredential })
      const times: number[] = []
      const bare: number[] = []
      for (let round = 0; round < WARM_UP + roundsOf(ground, ROUNDS); round++) {
        times.push(await timeAnswer(agent, approver))
        bare.push(await timeStatements(sql))
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
      await sql.end()
      await product.stop()
      await databases.drop(url)
    }
  },
}

async function timeStatements(sql: postgres.Sql): Promise<number> {
  const startedAt = performance.now()
  for (let at = COMMITS; at < STATEMENTS; at++) await sql`select`
  for (let at = 0; at < COMMITS; at++) await sql`insert into bare values (${at})`
  return performance.now() - startedAt
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
