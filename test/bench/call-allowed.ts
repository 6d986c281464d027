/** Calls that an executor asks about and policy allows, each one entry, against the bare server of `redeem`. */
import { alternate, type Bench, compare, figure, roundsOf } from './harness.ts'
import { load, post } from './load.ts'
import { AGENT, FORUM, forumAction, type Parties } from './parties.ts'
import { drained, startBareServer, startRedeemingProduct } from './redemption-ground.ts'

const ROUNDS = 5
const WARM_UPS = 2
/** Fewer than may wait for the log before new work is refused. */
const CALLS = 3000

export const callAllowed: Bench = {
  name: 'call-allowed',
  about: 'allowed calls a second on PostgreSQL, 16 connections, against the bare server that redeems',
  async run(ground) {
    const { databases } = ground
    const authority = await startRedeemingProduct(databases)
    const bare = await startBareServer(databases, authority)
    const asked = Array.from({ length: CALLS }, () => evaluationOf(authority.parties))
    const onBare = async () => {
      await drained(authority.sql)
      return load({ port: bare.port, messages: await authority.messages(CALLS), expected: 201 })
    }
    const onProduct = async () => {
      await drained(authority.sql)
      return load({ port: authority.product.port, messages: asked, expected: 200 })
    }
    try {
      await alternate(roundsOf(ground, WARM_UPS), onProduct, onBare)
      const rate = compare(await alternate(roundsOf(ground, ROUNDS), onProduct, onBare), ({ perSecond }) => perSecond)
      return [figure({ name: 'call-allowed', unit: 'calls/s', ...rate, target: { of: 'ratio', is: '≥', limit: 0.5 } })]
    } finally {
      await bare.stop()
      await authority.stop()
    }
  },
}

function evaluationOf({ executorCredential }: Parties): Buffer {
  const headers = { authorization: `Bearer ${executorCredential}`, 'content-type': 'application/json' }
  const { name, resource, arguments: properties, salt } = forumAction('forum.read')
  const body = {
    subject: { type: 'agent', id: AGENT },
    action: { name, properties },
    resource: { type: 'executor', id: resource, properties: { audience: FORUM } },
    context: { salt },
  }
  return post('/access/v1/evaluation', headers, JSON.stringify(body))
}
