/**
 * Redemptions a second under the default policy, which reads the arguments and counts people, against a policy that reads
 * nothing. Each token was just issued by the process that redeems it.
 */
import { newSalt, parseJson } from '@countersign/verifier'
import { type Client, createClient } from '../../src/client/client.ts'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import type { Databases } from './databases.ts'
import { alternate, type Bench, compare, figure } from './harness.ts'
import { load } from './load.ts'
import { enrolApprover, FORUM, forumAction, mustSucceed, registerParties } from './parties.ts'
import { type Product, startProduct } from './product.ts'
import { redemptionOf } from './redemption-ground.ts'

const ROUNDS = 5
const REDEMPTIONS = 1500
const WARM_UP = 1500
const AT_ONCE = 16

export const redeemByPolicy: Bench = {
  name: 'redeem-by-policy',
  about: 'redemptions a second under the default policy, against a policy that reads nothing',
  async run({ databases }) {
    const reading = await startUnder(databases, `${DEFAULT_POLICY}// The same, as a second version.`)
    const blind = await startUnder(databases, READS_NOTHING)
    try {
      await alternate(
        1,
        () => reading.turn(WARM_UP),
        () => blind.turn(WARM_UP),
      )
      const turns = await alternate(
        ROUNDS,
        () => reading.turn(REDEMPTIONS),
        () => blind.turn(REDEMPTIONS),
      )
      const rate = compare(turns, ({ perSecond }) => perSecond)
      const target = { of: 'ratio', is: '≥', limit: 0.9 } as const
      return [figure({ name: 'redeem-by-policy', unit: 'redemptions/s', ...rate, target })]
    } finally {
      await Promise.all([reading.stop(), blind.stop()])
    }
  },
}

const READS_NOTHING = `
permit (principal, action == Action::"forum.read", resource is Resource);
@approvers("admin") @self("yes") permit (principal, action, resource is Setting);`

async function startUnder(databases: Databases, policy: string) {
  const url = await databases.fresh()
  const product = await startProduct(url)
  const parties = await registerParties(product)
  await publish(product, policy)
  const agent = createClient({ origin: product.origin, credential: parties.agentCredential })
  return {
    async turn(count: number) {
      const tokens = await issued(agent, count)
      return load({ port: product.port, messages: tokens.map((token) => redemptionOf(token, parties)), expected: 201 })
    },
    async stop() {
      await product.stop()
      await databases.drop(url)
    },
  }
}

async function publish(product: Product, text: string): Promise<void> {
  const { operator, origin: audience } = product
  const { page, authenticator } = await enrolApprover(product)
  const args = parseJson(JSON.stringify({ version: 1, text }))
  const action = { name: 'countersign.policy.publish', resource: 'policy', arguments: args as never, salt: newSalt() }
  const { id } = mustSucceed(await operator.call('openRequest', { body: { audience, action } }))
  const { options } = mustSucceed(await page.call('offerConsent', { params: { id } }))
  const assertion = await authenticator.assert({ challenge: String(options['challenge']) })
  mustSucceed(await page.call('consent', { params: { id }, body: { assertion: assertion as never } }))
  const { token } = mustSucceed(await operator.call('collectToken', { params: { id } }))
  mustSucceed(await operator.call('administer', { body: { action }, headers: { 'approval-token': token } }))
}

/** The tokens of calls that the policy allows at once. */
async function issued(agent: Client, count: number): Promise<readonly string[]> {
  const tokens: string[] = []
  let left = count
  const work = async () => {
    while (left-- > 0) {
      const body = { audience: FORUM, action: forumAction('forum.read') }
      tokens.push(mustSucceed(await agent.propose({ body })).token ?? '')
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return tokens
}
