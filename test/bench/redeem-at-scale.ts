/** The median latency of a redemption with a million stored requests, against an empty database. */
import { alternate, type Bench, compare, figure, median } from './harness.ts'
import { load } from './load.ts'
import { fillDatabase } from './million.ts'
import { type RedeemingProduct, startRedeemingProduct } from './redemption-ground.ts'

const ROUNDS = 7
const REDEMPTIONS = 2000
const STORED = 1_000_000

export const redeemAtScale: Bench = {
  name: 'redeem-at-scale',
  about: 'median milliseconds of a redemption with 1,000,000 stored requests, against an empty database',
  async run({ databases }) {
    const empty = await startRedeemingProduct(databases)
    const full = await startRedeemingProduct(databases)
    try {
      await fillDatabase(full.sql, STORED)
      const [onFull, onEmpty] = [await spending(full), await spending(empty)]
      await full.sql`checkpoint`
      await alternate(2, onFull, onEmpty)
      const turns = await alternate(ROUNDS, onFull, onEmpty)
      const latency = compare(turns, ({ latenciesMs }) => median(latenciesMs))
      const target = { of: 'ratio', is: '<', limit: 1.2 } as const
      return [figure({ name: 'redeem-at-scale', unit: 'ms', ...latency, target })]
    } finally {
      await Promise.all([full.stop(), empty.stop()])
    }
  },
}

async function spending({ product, messages }: RedeemingProduct) {
  const left = await messages((ROUNDS + 2) * REDEMPTIONS)
  return () => load({ port: product.port, messages: left.splice(0, REDEMPTIONS), expected: 201 })
}
