/** An agent or executor that was revoked is added again under its name: it acts again, and nothing of before does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { administer, CATALOGUE, FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { approvedToken, type Cast, credentialFor, propose, startCast, WIKI } from './cast.ts'
import { expectRefusal } from './watch.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

/** `more` are further arguments. */
async function addAgain(kind: 'agent' | 'executor', id: string, more: object = {}) {
  const args =
    kind === 'agent' ? { id, executors: [FORUM] } : { audience: id, title: 'The wiki', catalogue: [...CATALOGUE] }
  const action = {
    name: `countersign.${kind}.add`,
    resource: `${kind}:${id}`,
    arguments: { ...args, ...more } as never,
  }
  cast.authority.advance(1)
  const { credential = '' } = await administer(cast.authority, cast.ada, action)
  return cast.authority.client(credential)
}

describe.each([
  { kind: 'agent', id: 'helpdesk-agent', audience: FORUM, revoke: 'revokeAgent' },
  { kind: 'executor', id: WIKI, audience: WIKI, revoke: 'revokeExecutor' },
] as const)('a revoked $kind', ({ kind, id, audience, revoke }) => {
  it('is added again with another credential; what it had stays ended', async () => {
    const { authority, ada } = cast
    const asks = kind === 'agent' ? cast.agent : cast.otherAgent
    const old = kind === 'agent' ? cast.agent : cast.wiki.client
    const pending = await propose(asks, { audience })
    const approved = await propose(asks, { audience })
    mustSucceed(await ada.consent(approved.id))
    const live = await approvedToken(asks, ada, { audience })
    mustSucceed(await authority.operator.call(revoke, { params: { id } }))
    const anew = await addAgain(kind, id)

    expectRefusal(await old.call('trace', { params: { trace: pending.trace } }), 'unauthenticated')
    const agent = kind === 'agent' ? anew : asks
    for (const request of [pending, approved]) {
      expect(mustSucceed(await agent.call('viewRequest', { params: { id: request.id } })).state).toBe('stopped')
      expectRefusal(await agent.call('collectToken', { params: { id: request.id } }), 'request_denied')
    }
    const executor = kind === 'agent' ? cast.forum.client : anew
    expectRefusal(await executor.call('redeem', { body: { token: live.token } }), 'token_revoked')
    const next = await approvedToken(agent, ada, { audience })
    mustSucceed(await executor.call('redeem', { body: { token: next.token } }))
  })

  it('gets no further credential before it is added again', async () => {
    mustSucceed(await cast.authority.operator.call(revoke, { params: { id } }))
    await expect(credentialFor(cast.authority, cast.ada, kind, id)).rejects.toThrow('not_found')
    await addAgain(kind, id)
    expect(await credentialFor(cast.authority, cast.ada, kind, id)).toMatch(/^cs_/)
  })

  it('cannot be added twice', async () => {
    await expect(addAgain(kind, id)).rejects.toThrow('exists already')
  })
})

it('an agent has the rights of its last registration, also for an executor that redeemed for it before', async () => {
  const add = () => addAgain('agent', 'changing', { principals: ['changing', 'ben'] })
  const asFor = async (agent: Awaited<ReturnType<typeof add>>, principal: string) =>
    agent.propose({ body: { audience: FORUM, action: postAction('Hello', { name: 'forum.read' }), principal } })
  const first = mustSucceed(await asFor(await add(), 'ben'))
  mustSucceed(await cast.forum.client.call('redeem', { body: { token: String(first.token) } }))
  mustSucceed(await cast.authority.operator.call('revokeAgent', { params: { id: 'changing' } }))
  const anew = await addAgain('agent', 'changing', { principals: ['changing', 'ada'] })
  expectRefusal(await asFor(anew, 'ben'), 'policy_denied')
  const second = mustSucceed(await asFor(anew, 'ada'))
  mustSucceed(await cast.forum.client.call('redeem', { body: { token: String(second.token) } }))
})
