/**
 * Redemptions a second under the default policy, which reads the arguments and counts people, against a policy that reads
 * nothing: where the process that redeems issued the token, and knows the answer, and where another one did.
 */
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import type { Databases } from './databases.ts'
import { alternate, type Bench, compare, figure } from './harness.ts'
import { load } from './load.ts'
import { type Product, startBeside } from './product.ts'
import { startRedeemingProduct } from './redemption-ground.ts'

const ROUNDS = 5
const WARM_UPS = 1
/** Fewer than may wait for the log before new work is refused. */
const REDEMPTIONS = 2000

export const redeemByPolicy: Bench = {
  name: 'redeem-by-policy',
  about: 'redemptions a second under the default policy, against a policy that reads nothing',
  async run({ databases }) {
    const reading = await startUnder(databases, `${DEFAULT_POLICY}// The same, as a second version.`)
    const blind = await startUnder(databases, READS_NOTHING)
    try {
      return [
        await comparing('redeem-by-policy', reading.ofOwn, blind.ofOwn),
        await comparing('redeem-by-policy-elsewhere', reading.ofOthers, blind.ofOthers),
      ]
    } finally {
      await Promise.all([reading.stop(), blind.stop()])
    }
  },
}

type Turn = () => Promise<{ readonly perSecond: number }>

async function comparing(name: string, reading: Turn, blind: Turn) {
  await alternate(WARM_UPS, reading, blind)
  const rate = compare(await alternate(ROUNDS, reading, blind), ({ perSecond }) => perSecond)
  return figure({ name, unit: 'redemptions/s', ...rate, target: { of: 'ratio', is: '≥', limit: 0.9 } })
}

const READS_NOTHING = `
permit (principal, action == Action::"forum.read", resource is Resource);
@approvers("admin") @self("yes") permit (principal, action, resource is Setting);`

/** Redemptions of tokens that the process which redeems them issued itself, and that one beside it issued. */
async function startUnder(databases: Databases, policy: string) {
  const authority = await startRedeemingProduct(databases, { policy })
  const beside = await startBeside(authority.product, authority.databaseUrl)
  const issuedBy = (by: Product) => async () => {
    const messages = await authority.messages(REDEMPTIONS, by)
    return load({ port: authority.product.port, messages, expected: 201 })
  }
  return {
    ofOwn: issuedBy(authority.product),
    ofOthers: issuedBy(beside),
    async stop() {
      await beside.stop()
      await authority.stop()
    },
  }
}
