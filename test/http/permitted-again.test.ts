/** A redemption asks the policy nothing that it has answered; whatever could change the answer is seen at once. */
import { newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { administer, enrolBy, FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { approvedToken, type Cast, publishRules, startCast } from './cast.ts'
import { expectRefusal } from './watch.ts'

let requestsRead = 0
let cast: Cast
beforeAll(async () => {
  cast = await startCast({
    withStore: (store) => ({
      ...store,
      request: (id) => {
        requestsRead++
        return store.request(id)
      },
    }),
  })
})
afterAll(() => cast.authority.stop())

const publish = (rules: string) => publishRules(cast, rules)

const readToken = async () => {
  const action = postAction('x', { name: 'forum.read', salt: newSalt() })
  return String(mustSucceed(await cast.agent.propose({ body: { audience: FORUM, action } })).token)
}

const redeem = (token: string) => cast.forum.client.call('redeem', { body: { token } })

/** The permit ends where `change` is made, after its token was issued and another was redeemed. */
async function expectSeen(change: () => Promise<unknown>) {
  const [first, token] = [await readToken(), await readToken()]
  mustSucceed(await redeem(first))
  await change()
  expectRefusal(await redeem(token), 'policy_denied')
}

describe('under the default policy, which reads the arguments and the number of people', () => {
  beforeEach(() => {
    requestsRead = 0
  })

  it('a token that was just issued is redeemed without its request being read', async () => {
    const token = await readToken()
    requestsRead = 0
    mustSucceed(await redeem(token))
    expect(requestsRead).toBe(0)
  })

  it('so is one that people consented to', async () => {
    const { token } = await approvedToken(cast.agent, cast.ben)
    requestsRead = 0
    mustSucceed(await redeem(token))
    expect(requestsRead).toBe(0)
  })

  it('once another person has come, everything is read again', async () => {
    const token = await readToken()
    await enrolBy(cast.authority, cast.ada, 'Cleo Approver')
    requestsRead = 0
    mustSucceed(await redeem(token))
    expect(requestsRead).toBe(1)
  })
})

describe('a token is refused at once where the answer has changed by', () => {
  it('the policy', async () => {
    await publish('permit (principal, action, resource is Resource) when { context.effect == "read" };')
    await expectSeen(() =>
      publish('permit (principal, action, resource is Resource) when { context.effect == "write" };'),
    )
  })

  it('the number of people', async () => {
    const people = await cast.authority.store.countPeople()
    await publish(
      `permit (principal, action, resource is Resource) when { context.effect == "read" && context.people <= ${people} };`,
    )
    await expectSeen(() => enrolBy(cast.authority, cast.ada, 'Dora Approver'))
  })

  it('the groups of the agent', async () => {
    const groups = (version: number, names: string[]) =>
      administer(cast.authority, cast.ada, {
        name: 'countersign.agent.update',
        resource: 'agent:helpdesk-agent',
        arguments: { id: 'helpdesk-agent', version, groups: names },
      })
    await groups(1, ['readers'])
    await publish('permit (principal in Group::"readers", action, resource is Resource);')
    await expectSeen(() => groups(2, ['writers']))
  })

  it.each(['context.time.epoch', 'context.time.now', 'context.system.now'])('%s', async (member) => {
    const end = cast.authority.now() + 60
    const limit = member.endsWith('epoch') ? `${end}` : `datetime("${new Date(end * 1000).toISOString()}")`
    await publish(
      `permit (principal, action, resource is Resource) when { context.effect == "read" && ${member} < ${limit} };`,
    )
    await expectSeen(async () => cast.authority.advance(61))
  })
})

it('a revoked agent’s token is refused, however often the policy permitted it', async () => {
  await publish(DEFAULT_POLICY.slice(0, DEFAULT_POLICY.indexOf('// Whatever stands here')))
  const [first, token] = [await readToken(), await readToken()]
  mustSucceed(await redeem(first))
  mustSucceed(await cast.authority.operator.call('revokeAgent', { params: { id: 'helpdesk-agent' } }))
  expectRefusal(await redeem(token), 'token_revoked')
})
