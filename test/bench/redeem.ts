/**
 * Redemptions a second over HTTP, durable and each with its ledger entry, against a server that does the least.
 *
 * `redeem-at-64` has four times as many callers: more redemptions share a statement then.
 */
import { alternate, type Bench, compare, figure, quantile, roundsOf, type Turns } from './harness.ts'
import { type LoadResult, load } from './load.ts'
import { startBareServer, startRedeemingProduct } from './redemption-ground.ts'

const ROUNDS = 5
const WARM_UPS = 2
/** Fewer than may wait for the log before new work is refused. */
const REDEMPTIONS = 4000

export const redeem: Bench = {
  name: 'redeem',
  about:
    'redemptions a second on PostgreSQL, 16 and 64 connections, against a bare Hono server that verifies and inserts',
  async run(ground) {
    const { databases } = ground
    const authority = await startRedeemingProduct(databases)
    const bare = await startBareServer(databases, authority)
    let messages: readonly Buffer[] = []
    const turns = async (connections: number) => {
      const onBare = async () => {
        messages = await authority.messages(REDEMPTIONS)
        return load({ port: bare.port, messages, expected: 201, connections })
      }
      const onProduct = () => load({ port: authority.product.port, messages, expected: 201, connections })
      await alternate(roundsOf(ground, WARM_UPS), onProduct, onBare)
      return alternate(roundsOf(ground, ROUNDS), onProduct, onBare)
    }
    const rate = (measured: Turns<LoadResult>) => compare(measured, ({ perSecond }) => perSecond)
    try {
      const few = await turns(16)
      const slow = compare(few, ({ latenciesMs }) => quantile(latenciesMs, 0.99))
      const unit = 'redemptions/s'
      return [
        figure({ name: 'redeem', unit, ...rate(few), target: { of: 'ratio', is: '≥', limit: 0.95 } }),
        figure({ name: 'redeem-p99', unit: 'ms', ...slow, target: { of: 'ratio', is: '≤', limit: 1.3 } }),
        figure({ name: 'redeem-at-64', unit, ...rate(await turns(64)) }),
      ]
    } finally {
      await bare.stop()
      await authority.stop()
    }
  },
}
