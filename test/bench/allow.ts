/** Requests that the policy allows, each opened and answered with its token in one call, against oidc-provider's rate. */

import { startServer } from './bench-servers.ts'
import { alternate, type Bench, compare, figure } from './harness.ts'
import { load, post } from './load.ts'
import { oidcMessage } from './oidc-client.ts'
import { FORUM, forumAction, type Parties, registerParties } from './parties.ts'
import { startProduct } from './product.ts'

const ROUNDS = 5
const EXCHANGES = 2500

export const allow: Bench = {
  name: 'allow',
  about: 'allowed requests a second, each with its token, on PostgreSQL, against oidc-provider’s client_credentials',
  async run({ databases }) {
    const url = await databases.fresh()
    const product = await startProduct(url)
    const provider = await startServer('oidc-server')
    try {
      const parties = await registerParties(product)
      const issue = new Array<Buffer>(EXCHANGES).fill(oidcMessage())
      const onProduct = () => load({ port: product.port, messages: proposals(parties), expected: 201 })
      const onProvider = () => load({ port: provider.port, messages: issue, expected: 200 })
      await alternate(1, onProduct, onProvider)
      const rate = compare(await alternate(ROUNDS, onProduct, onProvider), ({ perSecond }) => perSecond)
      return [figure({ name: 'allow', unit: 'requests/s', ...rate, target: { of: 'ratio', is: '≥', limit: 1 / 3 } })]
    } finally {
      await Promise.all([provider.stop(), product.stop()])
      await databases.drop(url)
    }
  },
}

/** Each an action of its own: the salt makes it one. */
export function proposals({ agentCredential }: Parties, count = EXCHANGES): Buffer[] {
  const headers = { authorization: `Bearer ${agentCredential}`, 'content-type': 'application/json' }
  const proposal = () => JSON.stringify({ audience: FORUM, action: forumAction('forum.read') })
  return Array.from({ length: count }, () => post('/requests', headers, proposal()))
}
