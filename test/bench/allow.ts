/**
 * Requests that the policy allows, each opened and answered with its token in one call, against the bare server of `redeem`.
 *
 * `allow-writes` is the same server where it writes as many rows as such a request and signs as often, and decides
 * nothing: what the database and the signatures leave of its redemptions.
 */
import { alternate, type Bench, compare, figure, roundsOf } from './harness.ts'
import { load } from './load.ts'
import { proposals } from './parties.ts'
import { drained, startBareServer, startRedeemingProduct } from './redemption-ground.ts'
import { storyOf } from './story.ts'

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
    const { parties, product, sql } = authority
    await authority.tokens(1)
    const bare = await startBareServer(databases, authority, await storyOf(sql))
    const onBare = async () => load({ port: bare.port, messages: await authority.messages(EXCHANGES), expected: 201 })
    const onProduct = async () => {
      await drained(sql)
      return load({ port: product.port, messages: proposals(parties, EXCHANGES), expected: 201 })
    }
    const byExecutor = { agentCredential: parties.executorCredential }
    const onWriter = () => load({ port: bare.port, messages: proposals(byExecutor, EXCHANGES), expected: 201 })
    const measured = async (work: typeof onProduct) => {
      await alternate(roundsOf(ground, WARM_UPS), work, onBare)
      return compare(await alternate(roundsOf(ground, ROUNDS), work, onBare), ({ perSecond }) => perSecond)
    }
    try {
      const unit = 'requests/s'
      return [
        figure({ name: 'allow', unit, ...(await measured(onProduct)), target: { of: 'ratio', is: '≥', limit: 0.4 } }),
        figure({ name: 'allow-writes', unit, ...(await measured(onWriter)) }),
      ]
    } finally {
      await bare.stop()
      await authority.stop()
    }
  },
}
