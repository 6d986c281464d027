/** Somebody left, and an agent of theirs stayed: it asks for nothing until an approved change gives it to somebody else. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { approvedToken, type Cast, propose, startCast } from '../http/cast.ts'
import { expectRefusal } from '../http/watch.ts'
import { createUser, enrolProvisioned, type Scim, startDirectory } from '../scim/ground.ts'
import { administer, FORUM, mustSucceed, type Person, postAction } from '../setup/authority.ts'

let cast: Cast
let scim: Scim
let fay: Person
let agent: Client
beforeAll(async () => {
  cast = await startCast()
  scim = await startDirectory(cast)
  fay = await enrolProvisioned(cast, await createUser(scim, 'fay@example.com'), 'Fay')
  const { credential = '' } = await administer(cast.authority, cast.ada, {
    name: 'countersign.agent.add',
    resource: 'agent:fays-agent',
    arguments: { id: 'fays-agent', run_by: fay.id, principals: ['dana', fay.id], executors: [FORUM] },
  })
  agent = cast.authority.client(credential)
})
afterAll(() => cast.authority.stop())

const ask = (principal: string, name = 'forum.post') =>
  agent.call('openRequest', { body: { audience: FORUM, principal, action: postAction('Hi', { name }) } })

it('what it had open ends with them, and it asks for nothing more, for nobody', async () => {
  const waits = await propose(agent)
  const live = await approvedToken(agent, cast.ben)
  expect((await scim('DELETE', `/Users/${fay.id}`)).status).toBe(204)
  expect(mustSucceed(await agent.call('viewRequest', { params: { id: waits.id } })).state).toBe('stopped')
  expectRefusal(await cast.forum.client.call('redeem', { body: { token: live.token } }), 'token_revoked')
  for (const [principal, name] of [
    ['dana', 'forum.post'],
    [fay.id, 'forum.post'],
    ['dana', 'forum.read'],
  ] as const) {
    expectRefusal(await ask(principal, name), 'policy_denied')
  }
})

it('an agent of others asks nothing for them either', async () => {
  await administer(cast.authority, cast.ada, {
    name: 'countersign.agent.add',
    resource: 'agent:bens-agent',
    arguments: { id: 'bens-agent', run_by: cast.ben.id, principals: [cast.ben.id, fay.id], executors: [FORUM] },
  }).then(async ({ credential = '' }) => {
    const other = cast.authority.client(credential)
    const body = { audience: FORUM, principal: fay.id, action: postAction() }
    expectRefusal(await other.call('openRequest', { body }), 'policy_denied')
    mustSucceed(await other.call('openRequest', { body: { ...body, principal: cast.ben.id } }))
  })
})

it('its reach says so, and an evaluation does', async () => {
  const reach = mustSucceed(await cast.ada.page.call('reachOfAgent', { params: { id: 'fays-agent' } }))
  expect(reach.owner_gone).toBe(true)
  expect(reach.executors.flatMap(({ actions }) => actions).every(({ worst }) => worst === 'never')).toBe(true)
  const { decision } = mustSucceed(
    await agent.call('evaluateAccess', {
      body: {
        subject: { type: 'agent', id: 'fays-agent' },
        action: { name: 'forum.read' },
        resource: { type: 'executor', id: 'forum:eng', properties: { audience: FORUM } },
        context: { principal: 'dana' },
      },
    }),
  ) as { decision: boolean }
  expect(decision).toBe(false)
})

it('given to somebody else by an approved change, it asks again', async () => {
  const { agents } = mustSucceed(await cast.authority.operator.call('listAgents'))
  const version = agents.find(({ id }) => id === 'fays-agent')?.version ?? 0
  await administer(cast.authority, cast.ada, {
    name: 'countersign.agent.update',
    resource: 'agent:fays-agent',
    arguments: { id: 'fays-agent', version, run_by: cast.ben.id },
  })
  mustSucceed(await ask('dana'))
  expectRefusal(await ask(fay.id), 'policy_denied')
})
