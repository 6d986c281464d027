/**
 * Hostile: the clock. It jumps forwards and back; what has ended stays ended while it is late, and nothing lives twice.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { approvedToken, type Cast, propose, startCast, verifierFor } from '../http/cast.ts'
import { challengeFor, wire } from '../http/passkey-json.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, FORUM, mustSucceed, postAction } from '../setup/authority.ts'

let cast: Cast
const HOUR = 3600

beforeEach(async () => {
  cast = await startCast()
  // Keys and people have been there for a while.
  cast.authority.advance(2 * HOUR)
})
afterEach(() => cast.authority.stop())

describe('a clock that jumps', () => {
  it.each([
    ['a day', 24],
    ['a year', 24 * 365],
  ])('back by %s, before any key was made, lets the whole way go on', async (_distance, hours) => {
    const { authority, ben, ada, agent, forum } = cast
    const waiting = await propose(agent)
    mustSucceed(await ben.consent(waiting.id))
    authority.advance(-hours * HOUR)
    mustSucceed(await agent.call('collectToken', { params: { id: waiting.id } }))
    const approved = await approvedToken(agent, ben)
    const { salt: _, ...call } = approved.action
    await expect(verifierFor(cast, forum).verify(approved.token, call)).resolves.toMatchObject({ origin: 'human' })
    const name = 'countersign.agent.add'
    await administer(authority, ada, { name, resource: 'agent:early', arguments: { id: 'early' } })
    const body = { selector: { agent: 'helpdesk-agent' }, reason: 'Its clock is wrong' }
    mustSucceed(await ben.page.call('engageKillSwitch', { body }))
    expectRefusal(await agent.propose({ body: { audience: FORUM, action: postAction() } }), 'killed')
    await authority.services.sweep()
    expect(authority.seen.filter(({ status }) => status >= 500)).toEqual([])
  })

  it('forwards ends requests, offers and tokens alike', async () => {
    const { authority, agent, ben, forum } = cast
    const { id } = mustSucceed(
      await agent.propose({ body: { audience: FORUM, action: postAction(), expires_in: 600 } }),
    )
    const assertion = wire(await ben.authenticator.assert({ challenge: await challengeFor(ben.page, id) }))
    const { token } = await approvedToken(agent, ben)
    authority.advance(HOUR)
    const late = await ben.page.call('consent', { params: { id }, body: { assertion } })
    expectRefusal(late, 'request_expired')
    expectRefusal(await agent.call('collectToken', { params: { id } }), 'request_expired')
    expectRefusal(await forum.client.call('redeem', { body: { token } }), 'token_expired')
    expect(await authority.store.consents(id)).toEqual([])
  })

  it('forwards and back revives only what nobody wrote down as ended', async () => {
    const { authority, agent, ben } = cast
    const [swept, unswept] = [await propose(agent), await propose(agent)]
    authority.advance(HOUR)
    await authority.services.sweep()
    const kept = await propose(agent)
    authority.advance(-HOUR)
    expectRefusal(await ben.consent(swept.id), 'request_expired')
    expectRefusal(await ben.consent(unswept.id), 'request_expired')
    mustSucceed(await ben.consent(kept.id))
  })

  it('back does not let a token act before it was made, nor twice', async () => {
    const { authority, agent, ben, forum } = cast
    const approved = await approvedToken(agent, ben)
    const { salt: _, ...call } = approved.action
    const redeem = () => forum.client.call('redeem', { body: { token: approved.token } })
    authority.advance(-HOUR)
    expectRefusal(await redeem(), 'token_not_yet_valid')
    const early = verifierFor(cast, forum).verify(approved.token, call)
    await expect(early).rejects.toMatchObject({ code: 'token_not_yet_valid' })
    authority.advance(HOUR)
    mustSucceed(await redeem())
    authority.advance(-3)
    expectRefusal(await redeem(), 'token_redeemed')
  })

  it('back leaves people signed in, and their consents valid', async () => {
    const { authority, agent, ben } = cast
    const { id } = await propose(agent)
    authority.advance(-HOUR)
    mustSucceed(await ben.consent(id))
    const collected = mustSucceed(await agent.call('collectToken', { params: { id } }))
    expect(collected.expires_at).toBe(authority.now() + 120)
  })

  it('far forwards ends sessions, credentials and invitations', async () => {
    const { authority, agent, ben, ada } = cast
    authority.advance(13 * HOUR)
    expectRefusal(await ben.page.call('inbox'), 'unauthenticated')
    authority.advance(90 * 24 * HOUR)
    expectRefusal(await agent.propose({ body: { audience: FORUM, action: postAction() } }), 'unauthenticated')
    expectRefusal(await cast.forum.client.call('redeem', { body: { token: 'a.b.c' } }), 'token_malformed')
    expectRefusal(await ada.page.call('listAgents'), 'unauthenticated')
    mustSucceed(await authority.operator.call('listAgents'))
  })

  it('of the executor a little ahead or behind is forgiven, by five seconds and no more', async () => {
    const { authority, agent, ben, forum } = cast
    const skewed = (seconds: number) => verifierFor(cast, forum, { now: () => authority.now() + seconds })
    const attempt = async (seconds: number) => {
      const approved = await approvedToken(agent, ben)
      const { salt: _, ...call } = approved.action
      return skewed(seconds).verify(approved.token, call)
    }
    await expect(attempt(-5)).resolves.toMatchObject({ origin: 'human' })
    await expect(attempt(-60)).rejects.toMatchObject({ code: 'token_not_yet_valid' })
    await expect(attempt(600)).rejects.toMatchObject({ code: 'token_expired' })
  })
})
