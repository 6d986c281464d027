/** The client against the real authority, in process: both doors, from the proposal to the token. */
import { createChallenge, newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import {
  addAgent,
  addExecutor,
  enrolFirstAdmin,
  FORUM,
  mustSucceed,
  type Person,
  postAction,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'

let authority: TestAuthority
let agent: Client
let executor: Awaited<ReturnType<typeof addExecutor>>
let admin: Person

beforeAll(async () => {
  authority = await startAuthority()
  agent = authority.client(await addAgent(authority, 'helpdesk-agent', { principals: ['helpdesk'] }))
  executor = await addExecutor(authority)
  admin = await enrolFirstAdmin(authority)
})
afterAll(() => authority.stop())

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
