/** What goes over the wire for a call, and what comes back of each kind of answer. */
import { describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { collected, json, lostConnection, problem, scripted } from './scripted.ts'

const origin = 'http://localhost:8787'
const clientOf = (authority: ReturnType<typeof scripted>) =>
  createClient({ origin, credential: 'cs_agent_x', fetch: authority.fetch })

describe('a call', () => {
  it('fills in the path, the credential, the body and the wait', async () => {
    const authority = scripted(json({ revoked: true }), json({ jti: collected.jti, use: 1, outcome: 'succeeded' }, 201))
    const client = clientOf(authority)
    await client.call('revokeExecutor', { params: { id: 'https://forum.example' }, waitSeconds: 5 })
    await client.call('reportOutcome', { params: { jti: collected.jti }, body: { outcome: 'succeeded' } })
    const [revoke, report] = authority.asked
    expect(revoke).toMatchObject({ method: 'DELETE', url: `${origin}/executors/https%3A%2F%2Fforum.example` })
    expect(revoke?.headers.get('Prefer')).toBe('wait=5')
    expect(revoke?.headers.get('Authorization')).toBe('Bearer cs_agent_x')
    expect(report).toMatchObject({ method: 'POST', body: '{"outcome":"succeeded"}' })
    expect(report?.headers.get('Content-Type')).toBe('application/json')
  })

  it('sends forms as forms', async () => {
    const authority = scripted(json({}))
    await clientOf(authority).call('transaction', { form: { transaction_challenge: 'a.b.c' } })
    expect(authority.asked[0]).toMatchObject({ body: 'transaction_challenge=a.b.c' })
    expect(authority.asked[0]?.headers.get('Content-Type')).toBe('application/x-www-form-urlencoded')
  })

  it('keeps the credential from endpoints that ask for none', async () => {
    const authority = scripted(json({ keys: [] }))
    await clientOf(authority).call('jwks')
    expect(authority.asked[0]?.headers.has('Authorization')).toBe(false)
  })

  it('gives the checked value, the status and the headers', async () => {
    const answer = await clientOf(scripted(json({ status: 'ok' }, 200, { 'X-Seen': '1' }))).call('health')
    expect(answer).toMatchObject({ ok: true, value: { status: 'ok' }, status: 200 })
    expect(answer.headers.get('X-Seen')).toBe('1')
  })

  it('gives text where the table names no schema and the answer is not JSON', async () => {
    const list = new Response('a.b.c', { headers: { 'Content-Type': 'application/statuslist+jwt' } })
    const answer = await clientOf(scripted(list)).call('statusList', { params: { list: '1' } })
    expect(answer).toMatchObject({ ok: true, value: 'a.b.c' })
  })

  it('gives undefined for 204', async () => {
    const answer = await clientOf(scripted(new Response(null, { status: 204 }))).call('signOut')
    expect(answer).toMatchObject({ ok: true, value: undefined, status: 204 })
  })
})

describe('a refusal', () => {
  it('carries the code, the advice and Retry-After', async () => {
    const answer = await clientOf(scripted(problem('rate_limited', 429, { 'Retry-After': '7' }))).call('listAgents')
    expect(answer).toMatchObject({
      ok: false,
      status: 429,
      problem: { code: 'rate_limited', detail: 'Do something else.', retryAfterSeconds: 7 },
    })
  })

  it.each([
    ['a lost connection', lostConnection()],
    ['a page instead of JSON', new Response('<h1>Bad gateway</h1>', { status: 502 })],
    ['a success of another shape', json({ status: 'fine' })],
    ['a member that stands twice', new Response('{"status":"ok","status":"ok"}', json({}))],
    ['a code nobody knows', problem('sunday', 403)],
    ['a redirect', new Response(null, { status: 302, headers: { Location: 'https://elsewhere.example' } })],
  ])('is authority_unreachable for %s', async (_, given) => {
    const answer = await clientOf(scripted(given)).call('health')
    expect(answer).toMatchObject({ ok: false, problem: { code: 'authority_unreachable' } })
  })

  it('is authority_unreachable when the answer takes too long', async () => {
    const never = (_: string, { signal }: RequestInit) =>
      new Promise<Response>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    const answer = await createClient({ origin, fetch: never, timeoutMs: 20 }).call('health')
    expect(answer).toMatchObject({ ok: false, status: 0, problem: { code: 'authority_unreachable' } })
  })
})

describe('misuse', () => {
  it('rejects when the caller aborts, with the caller’s reason', async () => {
    const aborted = AbortSignal.abort(new Error('enough'))
    const refusing = (_: string, { signal }: RequestInit) => Promise.reject(signal?.reason)
    const client = createClient({ origin, fetch: refusing })
    await expect(client.call('health', { signal: aborted })).rejects.toThrow('enough')
  })

  it('takes no address with a path for an origin', () => {
    expect(() => createClient({ origin: `${origin}/api` })).toThrow(TypeError)
  })
})

describe('acting as a page', () => {
  it('keeps the session and says where it comes from', async () => {
    const signedIn = { approver: 'p', name: null, roles: [] }
    const authority = scripted(
      json({ options: {} }),
      json(signedIn, 200, { 'Set-Cookie': '__Host-session=secret=1; Path=/; Secure; HttpOnly; SameSite=Strict' }),
      json({ requests: [], version: '1' }),
      new Response(null, { status: 204, headers: { 'Set-Cookie': '__Host-session=; Max-Age=0; Path=/' } }),
      json({ requests: [], version: '1' }),
    )
    const page = createClient({ origin, fetch: authority.fetch, asPage: true })
    await page.call('signInOptions')
    const assertion = { id: 'x', rawId: 'x', type: 'public-key' as const, response: {} }
    await page.call('signIn', { body: { assertion } })
    await page.call('inbox')
    await page.call('signOut')
    await page.call('inbox')
    const cookies = authority.asked.map(({ headers }) => headers.get('Cookie'))
    expect(cookies).toEqual([null, null, '__Host-session=secret=1', '__Host-session=secret=1', null])
    expect(authority.asked[1]?.headers.get('Origin')).toBe(origin)
    expect(authority.asked[1]?.headers.get('Sec-Fetch-Site')).toBe('same-origin')
  })
})
