/** The executor's door, from its signed challenge to its one act: draft-rosomakho-oauth-txn-challenge, RFC 8628 section 3.5. */
import { ApprovalError, createChallenge } from '@countersign/verifier'
import { type Challenge, parseChallenge } from '@countersign/verifier/authority'
import { CompactSign, decodeJwt, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { type Cast, startCast, verifierFor, WIKI } from './cast.ts'

type ChallengeKey = Parameters<typeof createChallenge>[0]['key']

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const preview = { summary: 'One reply', changes: [{ label: 'thread 42', before: null, after: 'Hello' }] }
const keyOf = (executor = cast.forum) => executor.challengeKey as ChallengeKey
const signer = (more: object = {}) => ({
  key: keyOf(),
  audience: FORUM,
  issuer: cast.authority.config.origin,
  now: cast.authority.now(),
  ...more,
})
const challenge = (more: object = {}, content: object = {}) =>
  createChallenge(signer(more), { action: postAction(), reason: 'The forum wants to know', preview, ...content })

const relay = (jws: string, agent: Client = cast.agent) =>
  agent.call('transaction', { form: { transaction_challenge: jws } })
const poll = (id: string, agent: Client = cast.agent, waitSeconds = 0) =>
  agent.call('transaction', {
    form: { transaction_authorization_id: id },
    ...(waitSeconds > 0 ? { waitSeconds } : {}),
  })
const oauthErrorOf = (answer: Awaited<ReturnType<typeof poll>>) => (answer.ok ? 'ok' : answer.problem.oauthError)

async function opened(jws: string, agent: Client = cast.agent): Promise<string> {
  const answer = mustSucceed(await relay(jws, agent)) as { transaction_authorization_id: string }
  return answer.transaction_authorization_id
}

/** A challenge with other claims, signed by the executor's own key. */
async function resigned(jws: string, claims: object, header: object = {}): Promise<string> {
  const key = keyOf()
  return new CompactSign(new TextEncoder().encode(JSON.stringify({ ...decodeJwt(jws), ...claims })))
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'txn-authz-challenge+jwt', ...header })
    .sign(await importJWK({ ...key }, key.alg))
}

describe('a call without a token', () => {
  it('comes back approved: challenge, relay, consent, token, act', async () => {
    const run = vi.fn(({ text }: { text: string }) => `posted ${text}`)
    const guarded = verifierFor(cast, cast.forum, { challengeKey: keyOf() }).guard('forum.post', {
      resource: ({ thread }: { thread: number; text: string }) => `forum:eng/threads/${thread}`,
      preview: () => preview,
      reason: () => 'Replies are public',
      run,
    })
    const call = { thread: 42, text: 'Hello' }
    const refused = await guarded(call, { act: { sub: 'helpdesk-agent' } }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'token_missing', challenge: expect.any(String) })
    if (!(refused instanceof ApprovalError) || refused.challenge === undefined) throw new Error('no challenge')
    const { txn, jti } = decodeJwt(refused.challenge)

    const relaying = cast.agent.relayChallenge(refused.challenge, {
      onOpened: async ({ transaction_authorization_id: id, authorization_uri }) => {
        expect(authorization_uri).toBe(`${cast.authority.config.origin}/approve/${id}`)
        mustSucceed(await cast.ben.consent(id))
      },
    })
    const answer = mustSucceed(await relaying)
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 120 })
    expect(answer.authorization_details).toMatchObject([{ type: 'countersign_action', name: 'forum.post' }])
    const claims = decodeJwt(answer.access_token)
    expect(claims).toMatchObject({ txn, aud: FORUM, act: { sub: 'helpdesk-agent' } })
    expect(claims.jti).not.toBe(jti)

    await expect(guarded({ ...call, text: 'Other' }, { token: answer.access_token })).rejects.toMatchObject({
      code: 'action_mismatch',
    })
    expect(await guarded(call, { token: answer.access_token })).toBe('posted Hello')
    await expect(guarded(call, { token: answer.access_token })).rejects.toMatchObject({ code: 'token_redeemed' })
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('shows the approver the executor’s own preview and words', async () => {
    const id = await opened(await challenge())
    const { requests } = cast.authority.services
    const shown = await requests.show({ ...(await personBen()) }, id)
    expect(shown).toMatchObject({
      ok: true,
      value: {
        request: { door: 'executor', reason: 'The forum wants to know', preview: { by: 'executor', content: preview } },
      },
    })
  })
})

async function personBen() {
  const ben = await cast.authority.store.approver(cast.ben.id)
  if (!ben) throw new Error('Ben is gone')
  return ben
}

describe('a poll', () => {
  it('is pending, then too fast, then has the token', async () => {
    const id = await opened(await challenge())
    expect(oauthErrorOf(await poll(id))).toBe('authorization_pending')
    expect(oauthErrorOf(await poll(id))).toBe('slow_down')
    expect(oauthErrorOf(await poll(id))).toBe('slow_down')
    mustSucceed(await cast.ben.consent(id))
    const answer = await poll(id, cast.agent, 1)
    expect(mustSucceed(answer)).toMatchObject({ token_type: 'Bearer' })
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('ends with access_denied, or with expired_token', async () => {
    const denied = await opened(await challenge())
    mustSucceed(await cast.ben.page.call('deny', { params: { id: denied }, body: {} }))
    expect(oauthErrorOf(await poll(denied))).toBe('access_denied')
    const withdrawn = await opened(await challenge())
    mustSucceed(await cast.agent.call('withdrawRequest', { params: { id: withdrawn } }))
    expect(oauthErrorOf(await poll(withdrawn))).toBe('access_denied')
    const late = await opened(await challenge())
    cast.authority.advance(900)
    expect(oauthErrorOf(await poll(late))).toBe('expired_token')
  })

  it('whose caller hung up issues no token', async () => {
    const { authority, agentSecret, ben, agent } = cast
    const id = await opened(await challenge())
    mustSucceed(await ben.consent(id))
    const authorization = `Bearer ${agentSecret}`
    const unread = await authority.fetch(`${authority.config.origin}/oauth/transaction`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded', prefer: 'wait=30' },
      body: `transaction_authorization_id=${id}`,
      signal: AbortSignal.abort(),
    })
    expect(unread.status).toBe(400)
    expect(await authority.store.request(id)).toMatchObject({ state: 'approved', jti: null })
    mustSucceed(await poll(id, agent, 1))
  })

  it('with another client’s id is refused, and does not slow that client down', async () => {
    const id = await opened(await challenge())
    for (let times = 0; times < 3; times++) {
      expect(await poll(id, cast.otherAgent)).toMatchObject({ ok: false, status: 400 })
    }
    expect(oauthErrorOf(await poll(id))).toBe('authorization_pending')
    mustSucceed(await cast.ben.consent(id))
    expect(oauthErrorOf(await poll(id, cast.otherAgent, 1))).toBe('invalid_request')
    mustSucceed(await poll(id, cast.agent, 1))
  })
})

describe('a challenge', () => {
  it('relayed twice by the same agent is one request', async () => {
    const jws = await challenge()
    expect(await opened(jws)).toBe(await opened(jws))
  })

  it('relayed by several at once is one request of one agent', async () => {
    const jws = await challenge()
    const answers = await Promise.all([
      relay(jws),
      relay(jws, cast.otherAgent),
      relay(jws),
      relay(jws, cast.otherAgent),
    ])
    const ids = answers.filter(({ ok }) => ok).map((answer) => JSON.stringify(mustSucceed(answer)))
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
  })

  it('replayed by another agent is refused', async () => {
    const jws = await challenge()
    await opened(jws)
    expect(await relay(jws, cast.otherAgent)).toMatchObject({
      ok: false,
      problem: { oauthError: 'unauthorized_client' },
    })
  })

  it('made out to an agent cannot be relayed by another, not even first', async () => {
    const jws = await challenge({}, { act: { sub: 'helpdesk-agent' } })
    expect(await relay(jws, cast.otherAgent)).toMatchObject({
      ok: false,
      problem: { oauthError: 'unauthorized_client' },
    })
    await opened(jws)
  })

  it('may say more than the authority knows', async () => {
    const jws = await resigned(await challenge(), { surprise: { nested: true }, scope: 'admin', sub: 'somebody' })
    const id = await opened(jws)
    const view = mustSucceed(await cast.agent.call('viewRequest', { params: { id } }))
    expect(view).toMatchObject({ principal: 'helpdesk-agent', name: 'forum.post' })
  })

  it.each<[string, (jws: string) => Promise<string> | string]>([
    ['that is none', () => 'a.b.c'],
    ['whose signature was damaged', (jws) => jws.replace(/[^.]{10}$/, 'AAAAAAAAAA')],
    ['whose claims were changed', (jws) => changed(jws)],
    ['of another type', (jws) => resigned(jws, {}, { typ: 'JWT' })],
    ['without algorithm', (jws) => `${btoa('{"alg":"none","typ":"txn-authz-challenge+jwt"}')}.${jws.split('.')[1]}.`],
    ['for another authority', (jws) => resigned(jws, { aud: 'https://other.example' })],
    ['that expired', (jws) => resigned(jws, { iat: cast.authority.now() - 400, exp: cast.authority.now() - 100 })],
    ['from the future', (jws) => resigned(jws, { iat: cast.authority.now() + 60, exp: cast.authority.now() + 90 })],
    ['that lives too long', (jws) => resigned(jws, { exp: cast.authority.now() + 3600 })],
    ['of an unknown executor', (jws) => resigned(jws, { iss: 'https://nowhere.example' })],
    ['in another executor’s name', (jws) => resigned(jws, { iss: WIKI })],
    ['without a reason', (jws) => resigned(jws, { reason: undefined })],
    ['of two actions', (jws) => resigned(jws, { authorization_details: [details(jws), details(jws)] })],
    ['with more in its action', (jws) => resigned(jws, { authorization_details: [{ ...details(jws), more: 1 }] })],
  ])('%s is refused', async (_, damage) => {
    const answer = await relay(await damage(await challenge()))
    expect(answer).toMatchObject({ ok: false, status: 400, problem: { code: 'invalid_request' } })
  })

  it('signed with a key nobody registered is refused', async () => {
    const key = (await generateSigningKey('ES256')) as ChallengeKey
    expect(await relay(await challenge({ key }))).toMatchObject({ ok: false, problem: { code: 'invalid_request' } })
  })

  it('of an action no catalogue has is denied', async () => {
    const jws = await challenge({}, { action: postAction('x', { name: 'forum.launch' }) })
    expect(await relay(jws)).toMatchObject({ ok: false, status: 400, problem: { oauthError: 'access_denied' } })
  })

  it('of a revoked executor is refused', async () => {
    const jws = await challenge({ key: keyOf(cast.wiki), audience: WIKI })
    const resolveKey = async () => undefined
    await expect(parseChallenge(jws, { audience: 'x', now: 0, resolveKey })).rejects.toThrow()
    mustSucceed(await cast.authority.operator.call('revokeExecutor', { params: { id: WIKI } }))
    expect(await relay(jws)).toMatchObject({ ok: false, problem: { code: 'invalid_request' } })
  })
})

type Details = Pick<Challenge, 'action'> & Record<string, unknown>
const details = (jws: string): Details => (decodeJwt(jws)['authorization_details'] as Details[])[0] as Details

/** The agent's own hand: another text, under the executor's signature. */
function changed(jws: string): string {
  const [header, payload = '', signature] = jws.split('.')
  const text = Buffer.from(payload, 'base64url').toString().replace('Hello', 'Howdy')
  return [header, Buffer.from(text).toString('base64url'), signature].join('.')
}
