/** What an executor is refused when it redeems or reports: each refusal leaves the token as it was. */
import { describe, expect, it } from 'vitest'
import { mustSucceed } from '../setup/authority.ts'
import { approvedToken, storyOf } from './cast.ts'
import { whileForumOffersOthers } from './catalogue-change.ts'
import { publishedKey } from './published-key.ts'
import { NOBODYS_ID } from './raw.ts'
import type { Refusals } from './refusals.ts'
import { expectRefusal } from './watch.ts'

export function refusalsOfExecutors(given: () => Refusals): void {
  const approved = () => approvedToken(given().cast.agent, given().cast.ben)
  const redeem = (token: string) => given().cast.forum.client.call('redeem', { body: { token } })

  describe('a redemption', () => {
    it.each(['nonsense', 'a.b.c', '', '\0'])('of %j is malformed', async (token) => {
      expectRefusal(await redeem(token), 'token_malformed')
    })

    it('of a token signed by a stranger is refused', async () => {
      const { token } = await approved()
      const [header, payload] = token.split('.')
      expectRefusal(await redeem(`${header}.${payload}.${'A'.repeat(86)}`), 'token_signature')
      mustSucceed(await redeem(token))
    })

    it('of something else that the authority’s key signed is refused', async () => {
      const { token } = await approved()
      const key = await publishedKey(given().cast.authority)
      expectRefusal(await redeem(await key.sign(token, {}, { typ: 'statuslist+jwt' })), 'token_type')
    })

    it.each(['none', 'HS256', 'RS256'])('of a token that says its algorithm is %s is refused', async (alg) => {
      const { token } = await approved()
      const [header = '', ...rest] = token.split('.')
      const said = { ...JSON.parse(atob(header.replaceAll('-', '+').replaceAll('_', '/'))), alg }
      expectRefusal(
        await redeem([btoa(JSON.stringify(said)).replaceAll('=', ''), ...rest].join('.')),
        'token_algorithm',
      )
    })

    it('of a token from another authority is refused', async () => {
      const { token } = await approved()
      const key = await publishedKey(given().cast.authority)
      const iss = 'https://elsewhere.example'
      const elsewhere = { iss, status: { status_list: { idx: 0, uri: `${iss}/status/0` } } }
      expectRefusal(await redeem(await key.sign(token, elsewhere)), 'token_issuer')
    })

    it('of a token that was never issued is refused, however well it is signed', async () => {
      const { token } = await approved()
      const key = await publishedKey(given().cast.authority)
      expectRefusal(await redeem(await key.sign(token, { jti: NOBODYS_ID })), 'token_signature')
    })

    it('of a token from the future, or of a life too long, is refused', async () => {
      const { authority } = given().cast
      const { token } = await approved()
      const key = await publishedKey(authority)
      const soon = authority.now() + 60
      expectRefusal(await redeem(await key.sign(token, { iat: soon, exp: soon + 60 })), 'token_not_yet_valid')
      expectRefusal(await redeem(await key.sign(token, { exp: authority.now() + 601 })), 'token_expired')
    })

    it('by another executor is refused, is written down, and burns nothing', async () => {
      const { authority, wiki } = given().cast
      const { token, request } = await approved()
      expectRefusal(await wiki.client.call('redeem', { body: { token } }), 'token_audience')
      expect((await storyOf(authority, request.trace)).at(-1)).toBe('token.refused')
      mustSucceed(await redeem(token))
    })

    it('is possible once', async () => {
      const { token, request } = await approved()
      mustSucceed(await redeem(token))
      expectRefusal(await redeem(token), 'token_redeemed')
      expect((await storyOf(given().cast.authority, request.trace)).slice(-2)).toEqual([
        'token.redeemed',
        'token.refused',
      ])
    })

    it('is refused unread once it was refused ten times in a minute', async () => {
      const { token, request } = await approved()
      mustSucceed(await redeem(token))
      for (let times = 0; times < 10; times++) expectRefusal(await redeem(token), 'token_redeemed')
      expectRefusal(await redeem(token), 'rate_limited')
      mustSucceed(await redeem((await approved()).token))
      expect(
        (await storyOf(given().cast.authority, request.trace)).filter((type) => type === 'token.refused'),
      ).toHaveLength(1)
    })

    it('is refused where the policy has changed its mind', async () => {
      const { token } = await approved()
      await whileForumOffersOthers(given().cast, async () => expectRefusal(await redeem(token), 'policy_denied'))
      mustSucceed(await redeem(token))
    })

    it('is refused once the token expired', async () => {
      const { token, expires_at } = await approved()
      const { authority } = given().cast
      authority.advance(expires_at - authority.now())
      expectRefusal(await redeem(token), 'token_expired')
    })
  })

  describe('an outcome', () => {
    const report = (jti: string, body: object = {}) =>
      given().cast.forum.client.call('reportOutcome', { params: { jti }, body: { outcome: 'succeeded', ...body } })

    it('of what was never redeemed is not found', async () => {
      expectRefusal(await report(NOBODYS_ID), 'not_found')
      expectRefusal(await report('\0'), 'not_found')
      const { jti, token } = await approved()
      expectRefusal(await report(jti), 'not_found')
      mustSucceed(await redeem(token))
      expectRefusal(await report(jti, { use: 2 }), 'not_found')
    })

    it('of another executor’s redemption is not found, and is still to be reported', async () => {
      const { jti, token } = await approved()
      mustSucceed(await redeem(token))
      const body = { outcome: 'failed' as const }
      expectRefusal(await given().cast.wiki.client.call('reportOutcome', { params: { jti }, body }), 'not_found')
      mustSucceed(await report(jti))
    })

    it('is reported once', async () => {
      const { jti, token } = await approved()
      mustSucceed(await redeem(token))
      mustSucceed(await report(jti, { result: { changes: [{ label: 'post', before: null, after: 'Hello' }] } }))
      expectRefusal(await report(jti, { outcome: 'failed' }), 'token_redeemed')
    })

    it.each([
      ['a word of its own', { outcome: 'exploded' }],
      ['a use that is none', { use: 0 }],
      ['a result of another shape', { result: { changes: [{}] } }],
      ['too long a story', { detail: 'x'.repeat(2001) }],
    ])('with %s is refused', async (_, body) => {
      expectRefusal(await report(NOBODYS_ID, body), 'invalid_request')
    })
  })

  describe('a stream of events', () => {
    const streamOf = () => {
      const { authority, forum } = given().cast
      const headers = { authorization: `Bearer ${forum.credential}` }
      return authority.fetch(`${authority.config.origin}/executor/events`, { headers })
    }

    it('after an event that never was is refused', async () => {
      const headers = { 'last-event-id': 'x' }
      expectRefusal(await given().cast.forum.client.call('executorEvents', { headers }), 'invalid_request')
    })

    it('is refused beyond 128 to one executor', async () => {
      const streams = await Promise.all(Array.from({ length: 128 }, streamOf))
      expectRefusal(await given().cast.forum.client.call('executorEvents'), 'rate_limited')
      await Promise.all(streams.map((stream) => stream.body?.cancel()))
      const again = await streamOf()
      expect(again.status).toBe(200)
      await again.body?.cancel()
    })
  })

  it('A token that was revoked cannot be redeemed', async () => {
    const { cast } = given()
    const { token } = await approvedToken(cast.otherAgent, cast.ben)
    mustSucceed(await cast.authority.operator.call('revokeAgent', { params: { id: 'other-agent' } }))
    expectRefusal(await redeem(token), 'token_revoked')
    expectRefusal(await cast.otherAgent.call('viewRequest', { params: { id: NOBODYS_ID } }), 'unauthenticated')
  })
}
