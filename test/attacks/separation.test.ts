/**
 * Who approves must not be who profits: the principal, or whoever runs the agent.
 * Where an operator works alone and allows it, every token says so, and an executor can refuse it.
 */
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { type Cast, propose, startCast, storyOf, verifierFor } from '../http/cast.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { withTerms } from './terms.ts'

/** An agent that Ben runs and that acts for Ada. */
async function bensAgent({ authority, ada, ben }: Cast, id: string, more: object = {}): Promise<Client> {
  const args = { id, run_by: ben.id, principals: [ada.id, id], executors: [FORUM], ...more }
  const action = { name: 'countersign.agent.add', resource: `agent:${id}`, arguments: args }
  const { credential } = await administer(authority, ada, action)
  return authority.client(String(credential))
}

describe('where nobody may approve for themselves', () => {
  let cast: Cast
  let agent: Client
  beforeAll(async () => {
    cast = await startCast({ withStore: withTerms({ selfApproval: false }) })
    agent = await bensAgent(cast, 'bens-agent')
  })
  afterAll(() => cast.authority.stop())

  const ask = async (more: { principal?: string; act?: Record<string, unknown> } = {}, by = agent) =>
    mustSucceed(await by.propose({ body: { audience: FORUM, action: postAction(), ...more } })).id

  it('the principal cannot consent, nor who runs the agent', async () => {
    const id = await ask()
    expectRefusal(await cast.ada.consent(id), 'forbidden')
    expectRefusal(await cast.ben.consent(id), 'forbidden')
  })

  it('the principal can where it is not for them, and who runs another agent can', async () => {
    expect(mustSucceed(await cast.ada.consent(await ask({ principal: 'bens-agent' }))).state).toBe('approved')
    expect(mustSucceed(await cast.ben.consent((await propose(cast.agent)).id)).state).toBe('approved')
  })

  it('an agent behind the agent counts too', async () => {
    const id = await ask({ act: { sub: 'third-party', act: { sub: 'bens-agent' } } }, cast.agent)
    expectRefusal(await cast.ben.consent(id), 'forbidden')
    expect(mustSucceed(await cast.ada.consent(id)).state).toBe('approved')
  })

  it('everybody can still deny', async () => {
    const id = await ask()
    expect(mustSucceed(await cast.ben.page.call('deny', { params: { id }, body: {} })).state).toBe('denied')
  })
})

describe('where self-approval is allowed', () => {
  let cast: Cast
  let agent: Client
  beforeAll(async () => {
    cast = await startCast({ settings: { COUNTERSIGN_SELF_APPROVAL: 'true' } })
    agent = await bensAgent(cast, 'bens-agent')
  })
  afterAll(() => cast.authority.stop())

  it('the token and its entry say so, and an executor refuses it unless it agreed', async () => {
    const { id, action, trace } = await propose(agent)
    mustSucceed(await cast.ben.consent(id))
    const { token } = mustSucceed(await agent.call('collectToken', { params: { id } }))
    expect(decodeJwt(token)['approval']).toMatchObject({ separation: false, quorum: 1 })
    expect(await storyOf(cast.authority, trace)).toContain('token.issued')
    const { salt: _, ...call } = action
    const strict = verifierFor(cast, cast.forum).verify(token, call)
    await expect(strict).rejects.toMatchObject({ code: 'quorum_unmet' })
    const lenient = verifierFor(cast, cast.forum, { acceptSelfApproval: true }).verify(token, call)
    await expect(lenient).resolves.toMatchObject({ approvers: [cast.ben.id] })
  })

  it('the approver is told before', async () => {
    const { id } = await propose(agent)
    const ben = await cast.authority.store.approver(cast.ben.id)
    if (!ben) throw new Error('Ben is gone')
    const shown = await cast.authority.services.requests.show(ben, id)
    expect(shown).toMatchObject({ ok: true, value: { selfApproval: true, cannotConsent: null } })
    const { statement } = mustSucceed(await cast.ben.page.call('offerConsent', { params: { id } }))
    expect(statement['separation']).toBe(false)
  })

  it('somebody else’s consent still says that it is independent', async () => {
    const { id, action } = await propose(agent, {})
    mustSucceed(await cast.ben.page.call('deny', { params: { id }, body: {} }))
    const other = await propose(cast.agent)
    mustSucceed(await cast.ben.consent(other.id))
    const { token } = mustSucceed(await cast.agent.call('collectToken', { params: { id: other.id } }))
    expect(decodeJwt(token)['approval']).toMatchObject({ separation: true })
    expect(action.name).toBe('forum.post')
  })
})
