/** Requests that the policy allows, each opened and answered with its token in one call, against oidc-provider's rate. */
import postgres from 'postgres'
import { startServer } from './bench-servers.ts'
import { alternate, type Bench, compare, figure, roundsOf } from './harness.ts'
import { load } from './load.ts'
import { oidcMessage } from './oidc-client.ts'
import { proposals, registerParties } from './parties.ts'
import { startProduct } from './product.ts'
import { drained } from './redemption-ground.ts'

const ROUNDS = 7
const WARM_UPS = 2
/** Their entries are fewer than may wait for the log before new work is refused. */
const EXCHANGES = 1200

export const allow: Bench = {
  name: 'allow',
  about: 'allowed requests a second, each with its token, on PostgreSQL, against oidc-provider’s client_credentials',
  async run(ground) {
    const { databases } = ground
    const url = await databases.fresh()
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    const product = await startProduct(url)
    const provider = await startServer('oidc-server')
    try {
      const parties = await registerParties(product)
      const issue = new Array<Buffer>(EXCHANGES).fill(oidcMessage())
      const onProduct = async () => {
        await drained(sql)
        return load({ port: product.port, messages: proposals(parties, EXCHANGES), expected: 201 })
      }
      const onProvider = () => load({ port: provider.port, messages: issue, expected: 200 })
      await alternate(roundsOf(ground, WARM_UPS), onProduct, onProvider)
      const rate = compare(
        await alternate(roundsOf(ground, ROUNDS), onProduct, onProvider),
        ({ perSecond }) => perSecond,
      )
      return [figure({ name: 'allow', unit: 'requests/s', ...rate, target: { of: 'ratio', is: '≥', limit: 1 / 3 } })]
    } finally {
      await Promise.all([provider.stop(), product.stop(), sql.end()])
      await databases.drop(url)
    }
  },
}
