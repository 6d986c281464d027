/** Approve with changes, through the real HTTP application: who gets what, and what counts no longer. */
import { createAgentClient } from '@countersign/client'
import { newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { storyOf } from '../http/cast.ts'
import { expectRefusal } from '../http/watch.ts'
import { mustSucceed } from '../setup/authority.ts'
import { withPolicy } from '../setup/policy.ts'
import { ask, BANK, change, collectChanged, type Ground, paying, present, revise, sign, startGround } from './ground.ts'

describe.each(['pglite', 'postgres'] as const)('a changed call on %s', (database) => {
  let ground: Ground
  beforeAll(async () => {
    ground = await startGround({ database })
  })
  afterAll(() => ground.cast.authority.stop())

  it('reaches the agent under its old id, and runs; the call that was proposed does not', async () => {
    const { cast } = ground
    const { id, action, trace } = await ask(ground, paying(900))
    const { id: changed, state } = await change(cast.ben, id, paying(90))
    expect(state).toBe('approved')
    const seen = mustSucceed(await cast.agent.call('viewRequest', { params: { id } }))
    expect(seen).toMatchObject({ id: changed, changes: id, round: 1, changed_by: cast.ben.id })
    expect(seen.action?.arguments).toEqual(paying(90))
    const { token, action: call } = await collectChanged(ground, id)
    expect(call).toMatchObject({ name: action.name, resource: action.resource, arguments: paying(90) })
    await expect(present(ground, token, action)).rejects.toMatchObject({ code: 'action_mismatch' })
    expect(await present(ground, token, call)).toMatchObject({ origin: 'human', approvers: [cast.ben.id] })
    expect(await storyOf(cast.authority, trace)).toEqual(['request.created', 'request.decided', 'request.changed'])
    expect((await storyOf(cast.authority, seen.trace)).slice(0, 4)).toEqual([
      'request.created',
      'request.decided',
      'consent.given',
      'token.issued',
    ])
  })

  it('is stopped under the id that the agent knows, and under its trace', async () => {
    const { authority, agent, ben } = ground.cast
    for (const member of ['request', 'trace'] as const) {
      const { id, trace } = await ask(ground, paying(900))
      const { id: changed } = await change(ben, id, paying(90))
      const { token, action: call } = await collectChanged(ground, id)
      const body = { selector: member === 'request' ? { request: id } : { trace }, reason: 'It looks wrong' }
      const stopped = mustSucceed(await authority.operator.call('engageKillSwitch', { body }))
      expect(stopped).toMatchObject({ hits: { tokens: 1 }, unknown: [] })
      await expect(present(ground, token, call)).rejects.toMatchObject({
        code: expect.stringMatching(/^(killed|token_revoked)$/),
      })
      expect(mustSucceed(await agent.call('viewRequest', { params: { id } }))).toMatchObject({ id: changed })
    }
  })

  it('is revoked under the id that the agent knows, also one that changes at that moment', async () => {
    const { authority, ben } = ground.cast
    const { id } = await ask(ground, paying(900))
    await change(ben, id, paying(90))
    const { token, action: call } = await collectChanged(ground, id)
    mustSucceed(await authority.operator.call('revokeRequest', { params: { id } }))
    await expect(present(ground, token, call)).rejects.toMatchObject({ code: 'token_revoked' })
    expectRefusal(await authority.operator.call('revokeRequest', { params: { id } }), 'not_found')

    const { id: meanwhile } = await ask(ground, paying(900))
    const { revokeRequest } = authority.store
    const changing = vi.spyOn(authority.store, 'revokeRequest').mockImplementationOnce(async (order) => {
      await change(ben, meanwhile, paying(91))
      return revokeRequest(order)
    })
    mustSucceed(await authority.operator.call('revokeRequest', { params: { id: meanwhile } }))
    expect(changing).toHaveBeenCalledTimes(2)
    changing.mockRestore()
    expectRefusal(await ground.cast.agent.call('collectToken', { params: { id: meanwhile } }), 'request_denied')
  })

  it('is refused under a kill switch, and its trace says so', async () => {
    const { authority, ben } = ground.cast
    const { id, trace } = await ask(ground, paying(900))
    mustSucceed(await revise(ben, id, paying(90)))
    const { options } = mustSucceed(await ben.page.call('offerRevision', { params: { id } }))
    const body = { selector: { request: id }, reason: 'It looks wrong' }
    mustSucceed(await authority.operator.call('engageKillSwitch', { body }))
    const assertion = await ben.authenticator.assert({ challenge: String(options['challenge']) })
    const signed = await ben.page.call('signRevision', { params: { id }, body: { assertion: assertion as never } })
    expectRefusal(signed, 'killed')
    const { entries } = mustSucceed(await authority.operator.call('trace', { params: { trace } }))
    expect(entries).toContainEqual(expect.objectContaining({ approver: ben.id, code: 'killed' }))
  })

  it('is waited for, and handed over by the client of agents', async () => {
    const { cast } = ground
    const { id } = await ask(ground, paying(800))
    const client = createAgentClient({
      issuer: cast.authority.config.origin,
      credential: cast.agentSecret,
      fetch: (url, init) => cast.authority.fetch(url, init),
    })
    const waiting = client.wait({ id, intervalSeconds: 1 })
    await change(cast.ben, id, paying(80))
    const { token, action } = await waiting
    if (!action) throw new Error('The changed call is missing')
    await present(ground, token, action)
    expect(await client.view(id)).toMatchObject({ round: 1, action: { arguments: paying(80) } })
  })

  it('counts no consent that was given to the call before it', async () => {
    const { cast, cleo } = ground
    const { id } = await ask(ground, paying(700, { team: 'two' }))
    mustSucceed(await cast.ben.consent(id))
    const waiting = cast.agent.call('viewRequest', { params: { id }, headers: { prefer: 'wait=20' } })
    const changed = await change(cleo, id, paying(70, { team: 'two' }))
    expect(changed).toMatchObject({ state: 'pending', consents: 1, quorum: 2 })
    expectRefusal(await cast.agent.call('collectToken', { params: { id } }), 'request_pending')
    expectRefusal(await cast.ben.consent(id), 'request_denied')
    mustSucceed(await cast.ben.consent(changed.id))
    expect(mustSucceed(await waiting)).toMatchObject({ id: changed.id, state: 'approved' })
    const { token, action } = await collectChanged(ground, id)
    const { approvers } = await present(ground, token, action)
    expect([...approvers].sort()).toEqual([cast.ben.id, cleo.id].sort())
  })

  it('is changed three times at most', async () => {
    const { cast, cleo, dan } = ground
    const two = (amount: number) => paying(amount, { team: 'two' })
    const { id } = await ask(ground, two(500))
    const first = await change(cast.ben, id, two(400))
    const second = await change(cleo, first.id, two(300))
    const third = await change(dan, second.id, two(200))
    expectRefusal(await revise(cast.ben, third.id, two(100)), 'invalid_request')
    mustSucceed(await cast.ben.consent(third.id))
    expect((await collectChanged(ground, id)).action.arguments).toEqual(two(200))
  })

  it('is withdrawn by the id that the agent knows', async () => {
    const { cast, cleo } = ground
    const { id } = await ask(ground, paying(500, { team: 'two' }))
    const changed = await change(cleo, id, paying(50, { team: 'two' }))
    mustSucceed(await cast.agent.call('withdrawRequest', { params: { id } }))
    expectRefusal(await cast.ben.consent(changed.id), 'request_denied')
  })
})

describe('the policy', () => {
  let ground: Ground
  beforeAll(async () => {
    ground = await startGround()
  })
  afterAll(() => ground.cast.authority.stop())

  it('denies a change as it denies a call', async () => {
    const { id } = await ask(ground, paying(900))
    expectRefusal(await revise(ground.cast.ben, id, paying(1001)), 'policy_denied')
    mustSucceed(await ground.cast.ben.consent(id))
  })

  it('lets others alone approve what it asks others about', async () => {
    const { cast, dan } = ground
    const rich = (amount: number) => paying(amount, { team: 'rich' })
    const low = await ask(ground, rich(90))
    expectRefusal(await revise(cast.ben, low.id, rich(900)), 'forbidden')
    const high = await ask(ground, rich(900))
    expectRefusal(await revise(cast.ben, high.id, rich(90)), 'not_found')
    const changed = await change(dan, high.id, rich(90))
    expect(changed.state).toBe('approved')
    await collectChanged(ground, high.id)
  })

  it('asks more people about more, and fewer about less', async () => {
    const { cast, cleo } = ground
    const more = (amount: number) => paying(amount, { team: 'more' })
    const low = await ask(ground, more(90))
    const raised = await change(cast.ben, low.id, more(900))
    expect(raised).toMatchObject({ state: 'pending', consents: 1, quorum: 2 })
    mustSucceed(await cleo.consent(raised.id))
    await collectChanged(ground, low.id)
    const high = await ask(ground, more(900))
    expect(await change(cast.ben, high.id, more(90))).toMatchObject({ state: 'approved', quorum: 1 })
  })

  it('asks the same people where it would ask nobody about the changed call', async () => {
    const free = (amount: number) => paying(amount, { team: 'free' })
    const { id } = await ask(ground, free(900))
    expect(await change(ground.cast.ben, id, free(9))).toMatchObject({ state: 'approved', quorum: 1 })
    const { token, action } = await collectChanged(ground, id)
    expect(await present(ground, token, action)).toMatchObject({ origin: 'human' })
  })

  it('is asked again when the change is signed', async () => {
    const { cast } = ground
    const { id } = await ask(ground, paying(900))
    expectRefusal(await sign(cast.ben, id), 'not_found')
    mustSucceed(await revise(cast.ben, id, paying(90)))
    mustSucceed(await cast.agent.call('withdrawRequest', { params: { id } }))
    expectRefusal(await sign(cast.ben, id), 'request_denied')
  })
})

describe('a budget', () => {
  it('counts a changed call once, with what was approved', async () => {
    const withBudget = withPolicy(`// @fact spent = sum input.amount of "bank.pay" within 1 hour per agent
@id("budget") @approvers("approver") permit (principal, action, resource is Resource)
when { context.history.spent + context.input.amount <= 1000 };`)
    const ground = await startGround({ withStore: withBudget })
    try {
      const { id } = await ask(ground, paying(900))
      expectRefusal(await revise(ground.cast.ben, id, paying(1001)), 'policy_denied')
      await change(ground.cast.ben, id, paying(100))
      const rest = await ask(ground, paying(900))
      const action = { name: 'bank.pay', resource: 'account:ci', arguments: paying(1), salt: newSalt() }
      expectRefusal(await ground.cast.agent.propose({ body: { audience: BANK, action } }), 'policy_denied')
      await change(ground.cast.ben, rest.id, paying(899))
      await ask(ground, paying(1))
    } finally {
      await ground.cast.authority.stop()
    }
  })
})
