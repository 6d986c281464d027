/** Redemptions a second over HTTP, durable and each with its ledger entry, against a server that does the least. */
import { alternate, type Bench, compare, figure, quantile, roundsOf } from './harness.ts'
import { load } from './load.ts'
import { startBareServer, startRedeemingProduct } from './redemption-ground.ts'

const ROUNDS = 5
const WARM_UPS = 2
/** Fewer than may wait for the log before new work is refused. */
const REDEMPTIONS = 4000

export const redeem: Bench = {
  name: 'redeem',
  about: 'redemptions a second on PostgreSQL, 16 connections, against a bare Hono server that verifies and inserts',
  async run(ground) {
    const { databases } = ground
    const authority = await startRedeemingProduct(databases)
    const bare = await startBareServer(databases, authority)
    let messages: readonly Buffer[] = []
    const onBare = async () => {
      messages = await authority.messages(REDEMPTIONS)
      return load({ port: bare.port, messages, expected: 201 })
    }
    const onProduct = () => load({ port: authority.product.port, messages, expected: 201 })
    try {
      await alternate(roundsOf(ground, WARM_UPS), onProduct, onBare)
      const turns = await alternate(roundsOf(ground, ROUNDS), onProduct, onBare)
      const rate = compare(turns, ({ perSecond }) => perSecond)
      const slow = compare(turns, ({ latenciesMs }) => quantile(latenciesMs, 0.99))
      return [
        figure({ name: 'redeem', unit: 'redemptions/s', ...rate, target: { of: 'ratio', is: '≥', limit: 0.95 } }),
        figure({ name: 'redeem-p99', unit: 'ms', ...slow, target: { of: 'ratio', is: '≤', limit: 1.3 } }),
      ]
    } finally {
      await bare.stop()
      await authority.stop()
    }
  },
}
