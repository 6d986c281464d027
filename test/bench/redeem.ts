/** Redemptions a second over HTTP, durable and each with its ledger entry, against a server that does the least. */
import { alternate, type Bench, compare, figure, quantile } from './harness.ts'
import { type Load, load } from './load.ts'
import { startBareServer, startRedeemingProduct } from './redemption-ground.ts'

const ROUNDS = 5
const REDEMPTIONS = 6000
const WARM_UP = 4000

export const redeem: Bench = {
  name: 'redeem',
  about: 'redemptions a second on PostgreSQL, 16 connections, against a bare Hono server that verifies and inserts',
  async run({ databases }) {
    const authority = await startRedeemingProduct(databases)
    const bare = await startBareServer(databases, authority)
    try {
      const messages = await authority.messages(WARM_UP + ROUNDS * REDEMPTIONS)
      const onProduct = spending(authority.product.port, messages)
      const onBare = spending(bare.port, messages)
      await alternate(1, onProduct.warmUp, onBare.warmUp)
      const turns = await alternate(ROUNDS, onProduct.turn, onBare.turn)
      const rate = compare(turns, ({ perSecond }) => perSecond)
      const slow = compare(turns, ({ latenciesMs }) => quantile(latenciesMs, 0.99))
      return [
        figure({ name: 'redeem', unit: 'redemptions/s', ...rate, target: { of: 'ratio', is: '≥', limit: 0.9 } }),
        figure({ name: 'redeem-p99', unit: 'ms', ...slow, target: { of: 'value', is: '<', limit: 50 } }),
      ]
    } finally {
      await bare.stop()
      await authority.stop()
    }
  },
}

/** Sends each message once, a slice at a time. */
function spending(port: number, messages: readonly Buffer[]) {
  let at = 0
  const slice = (count: number): Load => {
    at += count
    return { port, messages: messages.slice(at - count, at), expected: 201 }
  }
  return { warmUp: () => load(slice(WARM_UP)), turn: () => load(slice(REDEMPTIONS)) }
}
