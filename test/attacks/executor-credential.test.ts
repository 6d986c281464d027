/**
 * Stolen: an executor's credential, or the key it signs challenges with.
 * It redeems tokens made out to that executor. It makes none, redeems no other's, and learns nothing of others.
 */
import { createChallenge } from '@countersign/verifier'
import { CompactSign, decodeJwt, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvedToken, type Cast, propose, startCast, verifierFor, WIKI } from '../http/cast.ts'
import { expectRefusal } from '../http/watch.ts'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

describe('an executor’s credential', () => {
  it('makes no token', async () => {
    const { client } = cast.wiki
    const { id } = await propose(cast.agent, { audience: WIKI })
    expectRefusal(await client.propose({ body: { audience: WIKI, action: postAction() } }), 'forbidden')
    expectRefusal(await client.call('viewRequest', { params: { id } }), 'forbidden')
    mustSucceed(await cast.ben.consent(id))
    expectRefusal(await client.call('collectToken', { params: { id } }), 'forbidden')
  })

  it('redeems no token of another executor, and does not spoil it', async () => {
    const { token, jti } = await approvedToken(cast.agent, cast.ben)
    const { client } = cast.wiki
    expectRefusal(await client.call('redeem', { body: { token } }), 'token_audience')
    mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
    const report = { params: { jti }, body: { outcome: 'failed' as const } }
    expectRefusal(await client.call('reportOutcome', report), 'not_found')
    mustSucceed(await cast.forum.client.call('reportOutcome', report))
  })

  it('reads no trace of another executor', async () => {
    const { trace } = await propose(cast.agent)
    expectRefusal(await cast.wiki.client.call('trace', { params: { trace } }), 'not_found')
    mustSucceed(await cast.forum.client.call('trace', { params: { trace } }))
  })

  it('adds, lists and revokes nobody', async () => {
    const { client } = cast.forum
    expectRefusal(await client.call('listExecutors'), 'forbidden')
    expectRefusal(await client.call('revokeAgent', { params: { id: 'helpdesk-agent' } }), 'forbidden')
    expectRefusal(await client.call('administer', { body: { action: postAction() } }), 'forbidden')
  })

  it('ends with its revocation, in the middle of anything', async () => {
    const { token } = await approvedToken(cast.agent, cast.ben, { audience: WIKI })
    const { executors } = mustSucceed(await cast.authority.operator.call('listExecutors'))
    const id = executors.find(({ audience }) => audience === WIKI)?.credentials[0]?.id
    mustSucceed(await cast.authority.operator.call('revokeCredential', { params: { id: String(id) } }))
    expectRefusal(await cast.wiki.client.call('redeem', { body: { token } }), 'unauthenticated')
  })
})

describe('the key an executor signs challenges with', () => {
  type ChallengeKey = Parameters<typeof createChallenge>[0]['key']

  it('signs no approval token', async () => {
    const approved = await approvedToken(cast.agent, cast.ben)
    const { salt: _, ...call } = approved.action
    const { kid = '' } = cast.forum.challengeKey
    const forged = await new CompactSign(new TextEncoder().encode(JSON.stringify(decodeJwt(approved.token))))
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'approval+jwt' })
      .sign(await importJWK(cast.forum.challengeKey, 'ES256'))
    expectRefusal(await cast.forum.client.call('redeem', { body: { token: forged } }), 'token_signature')
    const verifying = verifierFor(cast, cast.forum).verify(forged, call)
    await expect(verifying).rejects.toMatchObject({ code: 'token_signature' })
    await verifierFor(cast, cast.forum).verify(approved.token, call)
  })

  it('opens requests for that executor alone', async () => {
    const { origin } = cast.authority.config
    const signer = { key: cast.forum.challengeKey as ChallengeKey, issuer: origin, now: cast.authority.now() }
    for (const audience of [WIKI, origin]) {
      const content = { action: postAction(), reason: 'In another name' }
      const jws = await createChallenge({ ...signer, audience }, content)
      const answer = await cast.agent.call('transaction', { form: { transaction_challenge: jws } })
      expect(answer).toMatchObject({ ok: false, problem: { code: 'invalid_request' } })
    }
    expect(
      mustSucceed(await cast.ben.page.call('inbox')).requests.filter(({ audience }) => audience !== FORUM),
    ).toEqual([])
  })
})
