/** Requests that the policy allows, each opened and answered with its token in one call, against the bare server of `redeem`. */
import { alternate, type Bench, compare, figure, roundsOf } from './harness.ts'
import { load } from './load.ts'
import { proposals } from './parties.ts'
import { drained, startBareServer, startRedeemingProduct } from './redemption-ground.ts'

const ROUNDS = 5
const WARM_UPS = 2
/** Their entries are fewer than may wait for the log before new work is refused. */
const EXCHANGES = 1200

export const allow: Bench = {
  name: 'allow',
  about: 'allowed requests a second, each with its token, on PostgreSQL, against the bare server that redeems',
  async run(ground) {
    const { databases } = ground
    const authority = await startRedeemingProduct(databases)
    const bare = await startBareServer(databases, authority)
    const onBare = async () => load({ port: bare.port, messages: await authority.messages(EXCHANGES), expected: 201 })
    const onProduct = async () => {
      await drained(authority.sql)
      return load({ port: authority.product.port, messages: proposals(authority.parties, EXCHANGES), expected: 201 })
    }
    try {
      await alternate(roundsOf(ground, WARM_UPS), onProduct, onBare)
      const rate = compare(await alternate(roundsOf(ground, ROUNDS), onProduct, onBare), ({ perSecond }) => perSecond)
      return [figure({ name: 'allow', unit: 'requests/s', ...rate, target: { of: 'ratio', is: '≥', limit: 0.4 } })]
    } finally {
      await bare.stop()
      await authority.stop()
    }
  },
}
