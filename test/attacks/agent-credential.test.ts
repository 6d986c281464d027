/**
 * Stolen: an agent, its prompt, its credential.
 * It may propose. It cannot approve, redeem, widen, replay, flood, or act for whom it may not.
 */
import { actionDigest } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvedToken, type Cast, propose, startCast, verifierFor } from '../http/cast.ts'
import { challengeFor, wire } from '../http/passkey-json.ts'
import { bearer, fromOwnPage } from '../http/raw.ts'
import { expectRefusal, watch } from '../http/watch.ts'
import {
  addAgent,
  addExecutor,
  administer,
  enrolFirstAdmin,
  FORUM,
  mustSucceed,
  type Person,
  postAction,
  startAuthority,
} from '../setup/authority.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast({ settings: { COUNTERSIGN_PENDING_PER_AGENT: '10' } })
})
afterAll(() => cast.authority.stop())

/** Everything the thief of the credential can put into a call, at an approver's door. */
async function asAgent(path: string, body: object): Promise<number> {
  const { origin } = cast.authority.config
  const headers = { ...bearer(cast.agentSecret), ...fromOwnPage(cast), 'content-type': 'application/json' }
  return (await cast.authority.fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) })).status
}

describe('an agent’s credential', () => {
  it('cannot approve: not even with an approver’s own signature in hand', async () => {
    const { id } = await propose(cast.agent)
    const assertion = wire(await cast.ben.authenticator.assert({ challenge: await challengeFor(cast.ben.page, id) }))
    expect(await asAgent(`/approvals/${id}/options`, {})).toBe(403)
    expect(await asAgent(`/approvals/${id}/consent`, { assertion })).toBe(403)
    expect(await asAgent(`/approvals/${id}/deny`, {})).toBe(403)
    expect(mustSucceed(await cast.agent.call('viewRequest', { params: { id } })).consents).toBe(0)
    mustSucceed(await cast.ben.page.call('consent', { params: { id }, body: { assertion } }))
  })

  it('cannot redeem', async () => {
    const { token } = await approvedToken(cast.agent, cast.ben)
    expectRefusal(await cast.agent.call('redeem', { body: { token } }), 'unauthenticated')
    mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
  })

  it('cannot widen what was approved', async () => {
    const { token, action } = await approvedToken(cast.agent, cast.ben)
    const { salt: _, ...call } = action
    const verifier = verifierFor(cast, cast.forum)
    const wider = [
      { ...call, arguments: { ...call.arguments, thread: 43 } },
      { ...call, arguments: { ...call.arguments, extra: null } },
      { ...call, resource: 'forum:eng/threads/43' },
      { ...call, name: 'forum.delete' },
      { ...call, arguments: { ...call.arguments, thread: '42' } },
    ]
    for (const other of wider)
      await expect(verifier.verify(token, other)).rejects.toMatchObject({ code: 'action_mismatch' })
    await verifier.verify(token, call)
  })

  it('cannot replay', async () => {
    const { token, action, request } = await approvedToken(cast.agent, cast.ben)
    const { salt: _, ...call } = action
    await verifierFor(cast, cast.forum).verify(token, call)
    const again = mustSucceed(await cast.agent.call('collectToken', { params: { id: request.id } }))
    // Another signature over the same claims, at another process of the executor: still the same token.
    await expect(verifierFor(cast, cast.forum).verify(again.token, call)).rejects.toMatchObject({
      code: 'token_redeemed',
    })
  })

  it('cannot act for a principal it may not', async () => {
    for (const principal of [cast.ben.id, 'other-agent', 'root']) {
      const body = { audience: FORUM, action: postAction(), principal }
      expectRefusal(await cast.agent.propose({ body }), 'policy_denied')
    }
  })

  it('cannot hide behind another agent: who asked stands outermost', async () => {
    const body = { audience: FORUM, action: postAction(), act: { sub: 'other-agent' } }
    const { id } = mustSucceed(await cast.agent.propose({ body }))
    const { statement } = mustSucceed(await cast.ben.page.call('offerConsent', { params: { id } }))
    expect(statement['act']).toEqual({ sub: 'helpdesk-agent', act: { sub: 'other-agent' } })
    expect(statement['client_id']).toBe('helpdesk-agent')
  })

  it('cannot have one action shown and another one approved', async () => {
    const { id, action, digest } = await propose(cast.agent)
    const { statement } = mustSucceed(await cast.ben.page.call('offerConsent', { params: { id } }))
    expect(statement['action']).toBe(await actionDigest(action, FORUM))
    expect(digest).toBe(statement['action'])
  })

  it('cannot change the authority by itself', async () => {
    const { origin } = cast.authority.config
    const args = { kind: 'operator', subject: 'me' }
    const action = { name: 'countersign.credential.add', resource: 'credential:operator:me', arguments: args }
    const asked = { audience: origin, action: postAction('', action) }
    expectRefusal(await cast.agent.propose({ body: asked }), 'forbidden')
    const body = { action: asked.action }
    expectRefusal(await cast.agent.call('administer', { body }), 'forbidden')
    expectRefusal(await cast.agent.call('listAgents'), 'forbidden')
  })

  it('cannot flood: others still get through, and people can clear its requests away', async () => {
    const crowd = await Promise.all(
      Array.from({ length: 30 }, () => cast.agent.propose({ body: { audience: FORUM, action: postAction() } })),
    )
    expect(crowd.filter(({ ok }) => ok).length).toBeLessThanOrEqual(10)
    const other = await propose(cast.otherAgent)
    expect(mustSucceed(await cast.ben.consent(other.id)).state).toBe('approved')
    const { requests } = mustSucceed(await cast.ben.page.call('inbox'))
    for (const { id } of requests) mustSucceed(await cast.ben.page.call('deny', { params: { id }, body: {} }))
    expect(mustSucceed(await cast.ben.page.call('inbox')).requests).toEqual([])
  })
})

describe('an agent that a person runs', () => {
  let person: Person
  let authority: ReturnType<typeof watch>
  let own: ReturnType<typeof authority.client>
  let innocent: ReturnType<typeof authority.client>
  beforeAll(async () => {
    authority = watch(await startAuthority())
    await addExecutor(authority)
    innocent = authority.client(await addAgent(authority, 'innocent-agent'))
    person = await enrolFirstAdmin(authority)
    const args = { id: 'own-agent', run_by: person.id, executors: [FORUM] }
    const added = await administer(authority, person, {
      name: 'countersign.agent.add',
      resource: 'agent:own-agent',
      arguments: args,
    })
    own = authority.client(String(added.credential))
  })
  afterAll(() => authority.stop())

  it('cannot be approved by that person', async () => {
    const { id } = await propose(own)
    expectRefusal(await person.consent(id), 'forbidden')
  })

  it('cannot be approved by them through another agent that names it', async () => {
    const body = { audience: FORUM, action: postAction(), act: { sub: 'own-agent' } }
    const { id } = mustSucceed(await innocent.propose({ body }))
    expectRefusal(await person.consent(id), 'forbidden')
  })

  it('is listed as theirs, so that executors can tell', async () => {
    const directory = mustSucceed(await own.call('approverKeys'))
    expect(directory.approvers).toMatchObject([{ approver: person.id, agents: ['own-agent'] }])
  })
})
