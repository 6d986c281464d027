/** What issuing costs elsewhere: the bare redeeming server's rate next to oidc-provider's, which signs from memory. */
import { startServer } from './bench-servers.ts'
import { alternate, type Bench, compare, figure } from './harness.ts'
import { load } from './load.ts'
import { oidcMessage } from './oidc-client.ts'
import { startBareServer, startRedeemingProduct } from './redemption-ground.ts'

const ROUNDS = 3
const EXCHANGES = 3000

export const oidcProvider: Bench = {
  name: 'oidc-provider',
  about: 'for orientation: the bare server’s redemptions against oidc-provider’s client_credentials tokens',
  async run({ databases }) {
    const authority = await startRedeemingProduct(databases)
    const bare = await startBareServer(databases, authority)
    const provider = await startServer('oidc-server')
    try {
      const issue = new Array<Buffer>(EXCHANGES).fill(oidcMessage())
      const onBare = async () => load({ port: bare.port, messages: await authority.messages(EXCHANGES), expected: 201 })
      const onProvider = () => load({ port: provider.port, messages: issue, expected: 200 })
      await alternate(1, onBare, onProvider)
      const rate = compare(await alternate(ROUNDS, onBare, onProvider), ({ perSecond }) => perSecond)
      return [figure({ name: 'oidc-provider', unit: 'bare/s', ...rate })]
    } finally {
      await Promise.all([provider.stop(), bare.stop()])
      await authority.stop()
    }
  },
}
