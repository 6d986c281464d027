/** The published client against the real authority, in process: from the proposal to the token, and each refusal. */
import { AuthorityError, CHALLENGE_HEADERS, challengeIn, createAgentClient } from '@countersign/client'
import { ApprovalError, createChallenge } from '@countersign/verifier'
import { problemResponse } from '@countersign/verifier/fetch'
import { describe, expect, it } from 'vitest'
import { FORUM, postAction } from '../setup/authority.ts'
import { startParties } from '../setup/parties.ts'
import { json, scripted } from './scripted.ts'

const { authority, credential, executor, admin } = await startParties({ principals: ['helpdesk'] })

const client = () => createAgentClient({ issuer: authority.config.origin, credential, fetch: authority.fetch })
const { salt: _, ...action } = postAction()
const propose = () => client().propose({ audience: FORUM, action, reason: 'They asked' })
const deny = (id: string, reason = 'No') => admin.page.call('deny', { params: { id }, body: { reason } })

describe('a proposal', () => {
  it('is opened, seen and withdrawn', async () => {
    const request = await propose()
    expect(request).toMatchObject({ state: 'pending', decision: 'approval', principal: 'helpdesk', consents: 0 })
    expect(request.approvalUri).toBe(`${authority.config.origin}/approve/${request.id}`)
    expect(request.expiresAt).toBeGreaterThan(request.createdAt)
    expect(await client().view(request.id)).toEqual(request)
    expect(await client().withdraw(request.id)).toEqual({ ...request, state: 'withdrawn' })
  })

  it('carries all that the agent says, with a salt of its own each time', async () => {
    const preview = { changes: [{ label: 'Thread 42', before: null, after: 'Hello' }] }
    const more = { preview, reason: 'They asked', principal: 'helpdesk', expiresInSeconds: 60 }
    const one = await client().propose({ audience: FORUM, action, ...more })
    expect(one.expiresAt - one.createdAt).toBe(60)
    expect((await client().propose({ audience: FORUM, action, ...more })).digest).not.toBe(one.digest)
  })

  it('is repeated under its key without a second request', async () => {
    const proposal = { audience: FORUM, action: postAction() }
    const options = { idempotencyKey: 'k-1', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }
    expect((await client().propose(proposal, options)).id).toBe((await client().propose(proposal, options)).id)
  })

  it('has its token at once where policy allows', async () => {
    const read = { name: 'forum.read', resource: 'forum:eng', arguments: {} }
    const request = await client().propose({ audience: FORUM, action: read })
    expect(request).toMatchObject({ decision: 'allow', token: expect.stringMatching(/^eyJ/) })
    expect((await client().wait(request)).token).toMatch(/^eyJ/)
  })
})

describe('waiting', () => {
  it('ends with the token as soon as a person consents', async () => {
    const request = await propose()
    const waiting = client().wait(request)
    await admin.consent(request.id)
    const collected = await waiting
    expect(collected).toEqual({
      token: expect.stringMatching(/^eyJ/),
      jti: expect.any(String),
      expiresAt: expect.any(Number),
    })
    expect(await client().collect(request.id)).toMatchObject({ jti: collected.jti, expiresAt: collected.expiresAt })
  })

  it('throws the code of a denial', async () => {
    const request = await propose()
    await expect(client().collect(request.id)).rejects.toMatchObject({ code: 'request_pending' })
    const refused = expect(client().wait(request)).rejects.toMatchObject({
      name: 'AuthorityError',
      message: 'An approver denied the request. Do not act.',
      code: 'request_denied',
      state: 'denied',
      denial: { by: admin.id, reason: 'Not on a Friday' },
    })
    await deny(request.id, 'Not on a Friday')
    await refused
    expect(await client().view(request.id)).toMatchObject({ denial: { by: admin.id, reason: 'Not on a Friday' } })
  })

  it('tells what was withdrawn and what was stopped from what was denied', async () => {
    const [withdrawn, stopped] = [await propose(), await propose()]
    await client().withdraw(withdrawn.id)
    await authority.operator.call('revokeRequest', { params: { id: stopped.id } })
    for (const [request, state] of [
      [withdrawn, 'withdrawn'],
      [stopped, 'stopped'],
    ] as const) {
      await expect(client().collect(request.id)).rejects.toMatchObject({ code: 'request_denied', state })
      expect((await client().view(request.id)).denial).toBeUndefined()
    }
  })

  it('ends when its signal aborts', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(client().wait(await propose(), { signal })).rejects.toThrow('enough')
  })

  it('sends a fresh proof with each collection', async () => {
    const token = { token: 'a.b.c', jti: 'AAAAAAAAAAAAAAAAAAAAAA', expires_at: 1_800_000_000 }
    const { fetch, asked } = scripted(json(token), json(token))
    let proofs = 0
    const dpop = async ({ method, url }: { method: string; url: string }) => `${method} ${url} ${proofs++}`
    const bound = createAgentClient({ issuer: 'http://localhost:8787', credential, fetch, dpop })
    await bound.collect('a')
    await bound.collect('a')
    const sent = asked.map(({ headers }) => headers.get('DPoP'))
    expect(sent).toEqual([0, 1].map((count) => `POST http://localhost:8787/requests/a/token ${count}`))
  })
})

describe('an executor’s challenge', () => {
  const challenge = () => {
    const { challengeKey, audience } = executor
    const key = { ...challengeKey, kty: 'EC', kid: String(challengeKey.kid), alg: 'ES256' } as const
    const signer = { key, audience, issuer: authority.config.origin, now: authority.now() }
    return createChallenge(signer, { action: postAction(), reason: 'Everyone will see it' })
  }

  it('is relayed, and leads to the token once a person consents', async () => {
    const token = await client().relay(await challenge(), {
      onOpened: ({ id, approvalUri, expiresInSeconds }) => {
        expect(approvalUri).toBe(`${authority.config.origin}/approve/${id}`)
        expect(expiresInSeconds).toBeGreaterThan(0)
        void admin.consent(id)
      },
    })
    expect(token).toMatchObject({ token: expect.stringMatching(/^eyJ/), type: 'Bearer' })
    expect(token.authorizationDetails).toHaveLength(1)
  })

  it('throws the code of a denial, with the word of OAuth', async () => {
    const relayed = client().relay(await challenge(), { onOpened: ({ id }) => void deny(id) })
    await expect(relayed).rejects.toMatchObject({
      code: 'request_denied',
      oauthError: 'access_denied',
      denial: { by: admin.id, reason: 'No' },
    })
  })

  it('is found in the header, in the body, and nowhere else', async () => {
    const refused = (text?: string) =>
      problemResponse(new ApprovalError('token_missing', text === undefined ? {} : { challenge: text }))
    for (const text of ['a.b.c', `a.${'b'.repeat(5000)}.c`]) expect(await challengeIn(refused(text))).toBe(text)
    for (const response of [refused(), new Response('{}'), new Response('<p>', { status: 401 })]) {
      expect(await challengeIn(response)).toBeUndefined()
    }
    expect(CHALLENGE_HEADERS).toEqual({ 'Accept-Txn-Challenge': '?1' })
  })
})

describe('an error', () => {
  it('carries code, advice and what else the authority said', async () => {
    const unknown = createAgentClient({
      issuer: authority.config.origin,
      credential: 'cs_agent_x',
      fetch: authority.fetch,
    })
    const error = await unknown.view('A'.repeat(22)).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(AuthorityError)
    expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringMatching(/^This credential/) })
  })

  it.each([
    ['another shape', json({ id: 1 })],
    ['a page', new Response('<p>')],
  ])('is authority_unreachable for an answer of %s', async (_, answer) => {
    const odd = createAgentClient({ issuer: 'http://localhost:8787', credential, fetch: scripted(answer).fetch })
    await expect(odd.view('a')).rejects.toMatchObject({ code: 'authority_unreachable' })
  })

  it('is a TypeError for an issuer that is no origin', () => {
    expect(() => createAgentClient({ issuer: 'https://a.example/api', credential })).toThrow(TypeError)
  })
})
