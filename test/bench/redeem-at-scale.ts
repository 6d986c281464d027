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
      await full.messages(1)
      await fillDatabase(full.sql, STORED)
      await full.sql`checkpoint`
      const [onFull, onEmpty] = [spending(full), spending(empty)]
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

const spending =
  ({ product, messages }: RedeemingProduct) =>
  async () =>
    load({ port: product.port, messages: await messages(REDEMPTIONS), expected: 201 })
