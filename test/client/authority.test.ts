/** The client against the real authority, in process: both doors, from the proposal to the token. */
import { createChallenge, newSalt } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { startParties } from '../setup/parties.ts'

const { authority, credential, executor, admin } = await startParties({ principals: ['helpdesk'] })
const agent = authority.client(credential)

const propose = async () =>
  mustSucceed(await agent.propose({ body: { audience: FORUM, action: postAction(), reason: 'They asked' } }))

describe('the agent’s door', () => {
  it('collects as soon as a person consents', async () => {
    const request = await propose()
    const waiting = agent.waitForToken(request)
    expect(await admin.consent(request.id)).toMatchObject({ ok: true })
    expect(await waiting).toMatchObject({ ok: true, value: { token: expect.stringMatching(/^eyJ/) } })
  })

  it('hears of a denial', async () => {
    const request = await propose()
    const waiting = agent.waitForToken(request)
    await admin.page.call('deny', { params: { id: request.id }, body: {} })
    expect(await waiting).toMatchObject({ ok: false, problem: { code: 'request_denied' } })
  })

  it('has the token at once where policy allows', async () => {
    const action = { name: 'forum.read', resource: 'forum:eng', arguments: {}, salt: newSalt() }
    const request = mustSucceed(await agent.propose({ body: { audience: FORUM, action } }))
    expect(request).toMatchObject({ decision: 'allow', token: expect.stringMatching(/^eyJ/) })
    expect(await agent.waitForToken(request)).toMatchObject({ ok: true })
  })
})

describe('the executor’s door', () => {
  const challenge = () => {
    const { challengeKey, audience } = executor
    const key = { ...challengeKey, kty: 'EC', kid: String(challengeKey.kid), alg: 'ES256' } as const
    const signer = { key, audience, issuer: authority.config.origin, now: authority.now() }
    return createChallenge(signer, { action: postAction(), reason: 'Everyone will see it' })
  }

  it('relays, shows the link, and collects once a person consents', async () => {
    const relayed = agent.relayChallenge(await challenge(), {
      onOpened: ({ transaction_authorization_id: id, authorization_uri }) => {
        expect(authorization_uri).toBe(`${authority.config.origin}/approve/${id}`)
        void admin.consent(id)
      },
    })
    expect(await relayed).toMatchObject({ ok: true, value: { token_type: 'Bearer' } })
  })

  it('hears of a denial, in the words of OAuth', async () => {
    const relayed = agent.relayChallenge(await challenge(), {
      onOpened: ({ transaction_authorization_id: id }) => void admin.page.call('deny', { params: { id }, body: {} }),
    })
    expect(await relayed).toMatchObject({ problem: { code: 'request_denied', oauthError: 'access_denied' } })
  })

  it('is refused a challenge that was tampered with', async () => {
    const answer = await agent.relayChallenge(`${(await challenge()).slice(0, -4)}AAAA`)
    expect(answer).toMatchObject({ ok: false, problem: { code: 'invalid_request' } })
  })
})
