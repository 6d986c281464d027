/** What a kill switch refuses at each door, and who may not touch it; every refusal of an action is in the ledger. */
import type { JsonObject } from '@countersign/verifier'
import { afterEach, describe, expect, it } from 'vitest'
import { administer, enrolBy, FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { approvedToken, propose, WIKI } from './cast.ts'
import { challengeFor, wire } from './passkey-json.ts'
import { NOBODYS_ID } from './raw.ts'
import type { Refusals } from './refusals.ts'
import { releaseSwitch } from './switches.ts'
import { expectRefusal } from './watch.ts'

export function refusalsOfControl(given: () => Refusals): void {
  const operator = () => given().cast.authority.operator
  const reason = 'Something is wrong'
  const engaged: string[] = []
  const engage = async (selector: JsonObject) => {
    const killswitch = mustSucceed(await operator().call('engageKillSwitch', { body: { selector, reason } }))
    engaged.push(killswitch.id)
    return killswitch
  }
  afterEach(async () => {
    const { authority, ada } = given().cast
    for (const id of engaged.splice(0)) await releaseSwitch(authority, ada, id)
  })

  const lastOf = async (trace: string) => {
    const { entries } = mustSucceed(await operator().call('trace', { params: { trace } }))
    return entries.at(-1)
  }

  describe('what a kill switch stops', () => {
    it('is not proposed, whether policy would allow it or people be asked', async () => {
      const { agent, authority } = given().cast
      await engage({ agent: 'helpdesk-agent', executor: FORUM })
      for (const name of ['forum.post', 'forum.read']) {
        expectRefusal(await agent.propose({ body: { audience: FORUM, action: postAction('', { name }) } }), 'killed')
        const killed = authority.logs.filter(({ event }) => event === 'request.killed').at(-1)
        expect(await lastOf(String(killed?.['trace']))).toMatchObject({ type: 'token.refused', code: 'killed', name })
      }
      expect((await agent.propose({ body: { audience: WIKI, action: postAction() } })).ok).toBe(true)
    })

    it('is told to an agent that asks about itself at that executor', async () => {
      const { agent } = given().cast
      await engage({ agent: 'helpdesk-agent', executor: FORUM })
      expectRefusal(await agent.call('viewOwnCredential', { query: { audience: FORUM } }), 'killed')
      expect((await agent.call('viewOwnCredential', { query: { audience: WIKI } })).ok).toBe(true)
    })

    it('lets no other agent act for it', async () => {
      const { agent, ada, authority } = given().cast
      const body = { agent: 'next-agent' }
      const add = { name: 'countersign.agent.add', resource: `agent:${body.agent}`, arguments: { id: body.agent } }
      await administer(authority, ada, add)
      await engage({ agent: 'helpdesk-agent' })
      expectRefusal(await agent.call('issueActorToken', { body }), 'killed')
    })

    it('is neither offered for consent nor consented to, and can still be denied', async () => {
      const { agent, ben } = given().cast
      const asked = await propose(agent)
      const params = { id: asked.id }
      const assertion = wire(await ben.authenticator.assert({ challenge: await challengeFor(ben.page, asked.id) }))
      await engage({ trace: asked.trace })
      expectRefusal(await ben.page.call('offerConsent', { params }), 'killed')
      expectRefusal(await ben.page.call('consent', { params, body: { assertion } }), 'killed')
      expect(await lastOf(asked.trace)).toMatchObject({ type: 'token.refused', code: 'killed', approver: ben.id })
      expect(mustSucceed(await ben.page.call('deny', { params, body: {} })).state).toBe('denied')
    })

    it('is not collected, for the first time or again', async () => {
      const { agent, ben } = given().cast
      const [fresh, collected] = [await propose(agent), await approvedToken(agent, ben)]
      mustSucceed(await ben.consent(fresh.id))
      await engage({ principal: 'helpdesk-agent', executor: FORUM })
      for (const { id, trace } of [fresh, collected.request]) {
        expectRefusal(await agent.call('collectToken', { params: { id } }), 'killed')
        expect(await lastOf(trace)).toMatchObject({ type: 'token.refused', code: 'killed', request: id })
      }
    })

    it('is not redeemed, and nothing that was live is redeemed once it is released', async () => {
      const { agent, ada, ben, forum, authority } = given().cast
      const { token, request } = await approvedToken(agent, ben)
      const killswitch = await engage({ action: 'forum.*' })
      expect(killswitch.hits.tokens).toBeGreaterThan(0)
      expectRefusal(await forum.client.call('redeem', { body: { token } }), 'killed')
      expect(await lastOf(request.trace)).toMatchObject({ type: 'token.refused', code: 'killed', executor: FORUM })
      await releaseSwitch(authority, ada, String(engaged.pop()))
      expectRefusal(await forum.client.call('redeem', { body: { token } }), 'token_revoked')
    })
  })

  describe('a kill switch', () => {
    it('is not engaged by an agent, an executor, an auditor, whatever they hold', async () => {
      const { cast, credentials } = given()
      const { authority, ada } = cast
      const ida = await enrolBy(authority, ada, 'Ida Auditor', ['auditor'])
      const body = { selector: {}, reason }
      const others = [cast.agent, cast.forum.client, authority.client(credentials.auditor), ida.page]
      for (const other of others) expectRefusal(await other.call('engageKillSwitch', { body }), 'forbidden')
      expectRefusal(await ida.page.call('previewKillSwitch'), 'forbidden')
      expect((await ida.page.call('listKillSwitches')).ok).toBe(true)
      expect((await authority.client(credentials.auditor).call('listKillSwitches')).ok).toBe(true)
    })

    it.each([
      { agents: ['helpdesk-agent'] },
      { action: 'forum.*.post' },
      { agent: 'a\0b' },
      { trace: 'short' },
      { executor: 'no uri' },
    ])('is not engaged by %j', async (selector) => {
      const body = { selector: selector as JsonObject, reason }
      expectRefusal(await operator().call('engageKillSwitch', { body }), 'invalid_request')
    })

    it('is not engaged again by the same key, and not otherwise by it', async () => {
      const headers = { 'idempotency-key': 'stop-the-wiki' }
      const stop = (selector: JsonObject) =>
        operator().call('engageKillSwitch', { body: { selector, reason }, headers })
      const first = mustSucceed(await stop({ executor: WIKI }))
      engaged.push(first.id)
      expect(mustSucceed(await stop({ executor: WIKI })).id).toBe(first.id)
      expect(await stop({})).toMatchObject({ status: 422, problem: { code: 'invalid_request' } })
      const headersOdd = { 'idempotency-key': 'two words' }
      const odd = await operator().call('engageKillSwitch', { body: { selector: {}, reason }, headers: headersOdd })
      expectRefusal(odd, 'invalid_request')
    })

    it('that nobody engaged is neither seen, confirmed nor released', async () => {
      const { authority, ada, forum } = given().cast
      expectRefusal(await operator().call('viewKillSwitch', { params: { id: NOBODYS_ID } }), 'not_found')
      expectRefusal(await forum.client.call('confirmStop', { body: { stop: 999_999_999, aborted: 0 } }), 'not_found')
      await expect(releaseSwitch(authority, ada, NOBODYS_ID)).rejects.toThrow('not_found')
    })

    it('is released once', async () => {
      const { authority, ada } = given().cast
      const { id } = await engage({ executor: WIKI })
      await releaseSwitch(authority, ada, id)
      engaged.pop()
      await expect(releaseSwitch(authority, ada, id)).rejects.toThrow('released already')
    })
  })

  describe('a revocation', () => {
    it('of what is not there, or has ended, is refused by id', async () => {
      const { agent, ben } = given().cast
      for (const id of [NOBODYS_ID, (await approvedToken(agent, ben)).jti]) {
        const call = () => operator().call('revokeToken', { params: { jti: id } })
        if (id !== NOBODYS_ID) mustSucceed(await call())
        expectRefusal(await call(), 'not_found')
      }
      expectRefusal(await operator().call('revokeRequest', { params: { id: NOBODYS_ID } }), 'not_found')
    })

    it('of another’s token is refused', async () => {
      const { authority, ada, wiki, agent, ben, forum } = given().cast
      const { token } = await approvedToken(agent, ben)
      const add = { name: 'countersign.agent.add', resource: 'agent:stranger', arguments: { id: 'stranger' } }
      const { credential } = await administer(authority, ada, add)
      for (const stranger of [authority.client(String(credential)), wiki.client]) {
        expectRefusal(await stranger.call('oauthRevoke', { form: { token } }), 'forbidden')
      }
      mustSucceed(await forum.client.call('redeem', { body: { token } }))
    })
  })
}
