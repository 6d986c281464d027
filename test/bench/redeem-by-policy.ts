/**
 * Redemptions a second under the default policy, which reads the arguments and counts people, against a policy that reads
 * nothing: where the process that redeems issued the token, and knows the answer, and where another one did. Each round
 * publishes its policy first.
 */
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { alternate, type Bench, compare, figure } from './harness.ts'
import { load } from './load.ts'
import { administer } from './parties.ts'
import { type Product, startBeside } from './product.ts'
import { type RedeemingProduct, startRedeemingProduct } from './redemption-ground.ts'

const ROUNDS = 5
const WARM_UPS = 1
/** Fewer than may wait for the log before new work is refused. */
const REDEMPTIONS = 2000

export const redeemByPolicy: Bench = {
  name: 'redeem-by-policy',
  about: 'redemptions a second under the default policy, against a policy that reads nothing',
  async run({ databases }) {
    const authority = await startRedeemingProduct(databases)
    const beside = await startBeside(authority.product, authority.databaseUrl)
    try {
      const under = publishing(authority)
      return [
        await comparing('redeem-by-policy', under, authority.product),
        await comparing('redeem-by-policy-elsewhere', under, beside),
      ]
    } finally {
      await beside.stop()
      await authority.stop()
    }
  },
}

type Under = (policy: string, issuedBy: Product) => Promise<{ readonly perSecond: number }>

async function comparing(name: string, under: Under, issuedBy: Product) {
  const [reading, blind] = [() => under(DEFAULT_POLICY, issuedBy), () => under(READS_NOTHING, issuedBy)]
  await alternate(WARM_UPS, reading, blind)
  const rate = compare(await alternate(ROUNDS, reading, blind), ({ perSecond }) => perSecond)
  return figure({ name, unit: 'redemptions/s', ...rate, target: { of: 'ratio', is: '≥', limit: 0.9 } })
}

const READS_NOTHING = `
permit (principal, action == Action::"forum.read", resource is Resource);
@approvers("admin") @self("yes") permit (principal, action, resource is Setting);`

function publishing({ product, parties, messages }: RedeemingProduct): Under {
  let version = 0
  return async (policy, issuedBy) => {
    version++
    const text = `${policy}// The text after version ${version}.`
    await administer(product, parties.approver, 'countersign.policy.publish', 'policy', { version, text })
    const spent = await messages(REDEMPTIONS, issuedBy)
    return load({ port: product.port, messages: spent, expected: 201 })
  }
}
