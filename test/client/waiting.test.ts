/** How the client waits: long polls for a token, and the pace of a device for a relayed challenge. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { collected, json, lostConnection, oauthError, problem, scripted } from './scripted.ts'

const origin = 'http://localhost:8787'
const request = { id: 'AAAAAAAAAAAAAAAAAAAAAA', interval: 2 }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** The seconds that pass, on the fake clock, until the promise settles. */
async function secondsUntil<T>(promise: Promise<T>): Promise<{ value: T; seconds: number }> {
  const start = Date.now()
  const settled = promise.then((value) => ({ value, seconds: (Date.now() - start) / 1000 }))
  await vi.runAllTimersAsync()
  return settled
}

describe('waiting for a token', () => {
  const waitWith = (...answers: Parameters<typeof scripted>) => {
    const authority = scripted(...answers)
    const client = createClient({ origin, fetch: authority.fetch })
    return {
      asked: authority.asked,
      done: (signal?: AbortSignal) => client.waitForToken(request, signal && { signal }),
    }
  }

  it('polls long, leaves the interval between polls, and collects', async () => {
    const { asked, done } = waitWith(problem('request_pending', 409), problem('request_pending', 409), json(collected))
    const { value, seconds } = await secondsUntil(done())
    expect(value).toMatchObject({ ok: true, value: collected })
    expect(seconds).toBe(4)
    expect(asked.every(({ headers }) => headers.get('Prefer') === 'wait=25')).toBe(true)
  })

  it('does as Retry-After says', async () => {
    const { done } = waitWith(problem('rate_limited', 429, { 'Retry-After': '30' }), json(collected))
    expect((await secondsUntil(done())).seconds).toBe(30)
  })

  it.each(['request_denied', 'request_expired', 'policy_denied', 'not_found'])('ends with %s', async (code) => {
    const { asked, done } = waitWith(problem(code, 409))
    expect(await done()).toMatchObject({ ok: false, problem: { code } })
    expect(asked).toHaveLength(1)
  })

  it('rides out a short absence of the authority', async () => {
    const { done } = waitWith(lostConnection(), lostConnection(), json(collected))
    const { value, seconds } = await secondsUntil(done())
    expect(value.ok).toBe(true)
    expect(seconds).toBe(2 + 4)
  })

  it('gives up when the authority stays away', async () => {
    const { asked, done } = waitWith(...Array.from({ length: 5 }, lostConnection))
    const { value } = await secondsUntil(done())
    expect(value).toMatchObject({ ok: false, problem: { code: 'authority_unreachable' } })
    expect(asked).toHaveLength(5)
  })

  it('stops between polls when asked to', async () => {
    const stop = new AbortController()
    const { asked, done } = waitWith(problem('request_pending', 409), json(collected))
    const waiting = expect(done(stop.signal)).rejects.toThrow('enough')
    await vi.advanceTimersByTimeAsync(1000)
    stop.abort(new Error('enough'))
    await waiting
    expect(asked).toHaveLength(1)
  })
})

describe('relaying a challenge', () => {
  const opened = {
    transaction_authorization_id: 'id',
    expires_in: 600,
    interval: 5,
    authorization_uri: `${origin}/approve/id`,
  }
  const token = { access_token: 'a.b.c', token_type: 'Bearer', expires_in: 120, authorization_details: [{}] }
  const relay = (...answers: Parameters<typeof scripted>) => {
    const authority = scripted(json(opened), ...answers)
    const onOpened = vi.fn()
    const done = createClient({ origin, fetch: authority.fetch }).relayChallenge('c.h.a', { onOpened })
    return { asked: authority.asked, onOpened, done }
  }

  it('shows the link, then polls with the id alone', async () => {
    const { asked, onOpened, done } = relay(json(token))
    expect((await secondsUntil(done)).value).toMatchObject({ ok: true, value: token })
    expect(onOpened).toHaveBeenCalledWith(opened)
    expect(asked.map(({ body }) => body)).toEqual(['transaction_challenge=c.h.a', 'transaction_authorization_id=id'])
    expect(asked[1]?.headers.get('Prefer')).toBe('wait=25')
  })

  it('keeps the pace while pending, and slows down for good when told so', async () => {
    const pending = () => oauthError('authorization_pending')
    const { done } = relay(pending(), oauthError('slow_down'), pending(), json(token))
    expect((await secondsUntil(done)).seconds).toBe(5 + 10 + 10)
  })

  it('doubles the pause after a lost connection', async () => {
    const { done } = relay(lostConnection(), json(token))
    expect((await secondsUntil(done)).seconds).toBe(10)
  })

  it.each([
    ['access_denied', undefined, 'request_denied'],
    ['access_denied', 'killed', 'killed'],
    ['access_denied', 'unheard_of', 'request_denied'],
    ['expired_token', undefined, 'request_expired'],
    ['invalid_grant', undefined, 'invalid_request'],
  ])('ends with %s, beside which %s stands', async (error, said, code) => {
    const { done } = relay(oauthError(error, said))
    expect((await secondsUntil(done)).value).toMatchObject({ ok: false, problem: { code, oauthError: error } })
  })

  it('ends when an absent authority has outlasted the request', async () => {
    const { done } = relay(...Array.from({ length: 100 }, lostConnection))
    const { value, seconds } = await secondsUntil(done)
    expect(value).toMatchObject({ ok: false, problem: { code: 'authority_unreachable' } })
    expect(seconds).toBeGreaterThan(600)
    expect(seconds).toBeLessThan(800)
  })
})
