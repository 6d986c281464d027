/** What every answer of the pages carries, who is let in, and where one is sent: without a browser. */
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoreUnavailable } from '../../src/domain/refusal.ts'
import { gzipLong } from '../../src/web/frame/gzip.ts'
import { returnPath } from '../../src/web/own/door-pages.tsx'
import { createPages } from '../../src/web/pages.tsx'
import { signedIn, startAuthority, type TestAuthority } from '../setup/authority.ts'

let authority: TestAuthority

beforeAll(async () => {
  authority = await startAuthority({ database: 'pglite' })
})
afterAll(() => authority.stop())

/** Pages say when they were made. */
const withoutClock = (page: string) => page.replace(/data-now="\d+"/, '')

const get = (path: string, headers: Record<string, string> = { Accept: 'text/html' }) =>
  authority.app.request(path, { headers })

describe('headers', () => {
  it.each([
    ['/', 'no-store'],
    ['/sign-in', 'no-store'],
    ['/enrol', 'no-store'],
    // The same for every stranger, and asked for again by its ETag.
    ['/docs', 'private, no-cache'],
    ['/nowhere', 'no-store'],
  ])('%s has the strict policy', async (path, kept) => {
    const { headers } = await get(path)
    const policy = headers.get('Content-Security-Policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("require-trusted-types-for 'script'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    expect(headers.get('Cache-Control')).toBe(kept)
    expect(headers.has('ETag')).toBe(kept !== 'no-store')
    expect(headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin')
    expect(headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
  })

  it('assets are kept for ever, and are named by their content', async () => {
    const page = await (await get('/sign-in')).text()
    const paths = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? '')
    expect(paths.length).toBeGreaterThanOrEqual(4)
    for (const path of paths) {
      const response = await get(path)
      expect(response.status, path).toBe(200)
      expect(response.headers.get('Cache-Control')).toContain('immutable')
    }
    expect((await get('/assets/look.00000000.css')).status).toBe(404)
  })

  it.each([
    ['gzip, deflate, br', 'gzip'],
    ['gzip;q=0.5', 'gzip'],
    ['gzip;q=0, br', null],
    ['identity', null],
  ])('to %s, pages and texts go out in %s', async (accepted, encoding) => {
    const [asset = ''] = (await (await get('/sign-in')).text()).match(/\/assets\/look[^"]+/) ?? []
    for (const [path, start] of [
      ['/sign-in', '<!doctype html>'],
      [asset, ':root'],
      ['/service-worker.js', '"use strict"'],
    ] as const) {
      const plain = await (await get(path)).text()
      const answer = await get(path, { Accept: 'text/html', 'Accept-Encoding': accepted })
      expect(answer.headers.get('Content-Encoding'), path).toBe(encoding)
      const bytes = Buffer.from(await answer.arrayBuffer())
      const text = encoding === null ? bytes : gunzipSync(bytes)
      expect(text.toString(), path).toContain(start)
      expect(withoutClock(text.toString()), path).toBe(withoutClock(plain))
    }
  })

  it('the length of a compressed page varies, so that it tells nobody what is on it', async () => {
    const lengthOf = async () => (await (await get('/sign-in', { 'Accept-Encoding': 'gzip' })).arrayBuffer()).byteLength
    const lengths = new Set(await Promise.all(Array.from({ length: 20 }, lengthOf)))
    expect(lengths.size).toBeGreaterThan(5)
  })

  it('a long page is compressed as it is read, with a name of its own', async () => {
    const page = new TextEncoder().encode('€ '.repeat(100_000))
    const compressed = Buffer.from(await new Response(gzipLong(new Blob([page]).stream())).arrayBuffer())
    expect(gunzipSync(compressed).equals(page)).toBe(true)
    expect(compressed.subarray(10, 11).toString()).toMatch(/[a\0]/)
  })

  it('no page has a script, a style or a handler of its own', async () => {
    for (const path of ['/sign-in', '/enrol', '/docs']) {
      const page = await (await get(path)).text()
      expect(page).not.toMatch(/<style|<script(?![^>]+src=)|\son\w+=|\sstyle=/)
    }
  })
})

describe('a method that an address does not take', () => {
  it.each(['/sign-in', '/docs', '/kill', '/manifest.webmanifest'])('%s is read, and takes nothing', async (path) => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await authority.app.request(path, { method })
      expect([answer.status, answer.headers.get('allow')], method).toEqual([405, 'GET, HEAD'])
      expect(await answer.json()).toMatchObject({
        code: 'invalid_request',
        detail: expect.stringContaining('GET and HEAD'),
      })
    }
    const head = await authority.app.request(path, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([(await get(path)).status, ''])
  })

  it('is a page to browsers that read what only programs call', async () => {
    const answer = await get('/admin/actions')
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/)
    expect(await answer.text()).toContain('There is no page here')
  })

  it.each(['/agents/nobody', '/executors/nobody'])('%s is a page, and takes DELETE alone of programs', async (path) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await authority.app.request(path, { method })
      expect([answer.status, answer.headers.get('allow')], method).toEqual([405, 'DELETE'])
    }
    expect([(await get(path)).status, (await get(path)).headers.get('location')]).toEqual([
      303,
      `/sign-in?to=${encodeURIComponent(path)}`,
    ])
  })

  it.each(['/nowhere', '/docs/nowhere'])('does not make %s known', async (path) => {
    expect((await authority.app.request(path, { method: 'POST' })).status).toBe(404)
  })
})

describe('who is let in', () => {
  it.each([
    '/',
    '/inbox/list',
    '/approve/AAAAAAAAAAAAAAAAAAAAAA',
    '/passkeys',
    '/people',
    '/agents',
    '/notifications',
    '/webhooks',
    '/kill',
    '/kill/AAAAAAAAAAAAAAAAAAAAAA',
    '/review',
    '/executors/https%3A%2F%2Fforum.example',
  ])('%s sends a stranger to sign in, and back', async (path) => {
    const response = await get(path)
    expect(response.status).toBe(303)
    expect(response.headers.get('Location')).toBe(`/sign-in?to=${encodeURIComponent(path)}`)
  })

  it('leaves a shared path to the endpoint for programs', async () => {
    const response = await get('/agents', { Accept: 'application/json' })
    expect(response.headers.get('Content-Type')).toContain('application/problem+json')
  })

  it('answers an unknown path with a page to a browser, with a problem to a program', async () => {
    expect((await get('/nowhere')).headers.get('Content-Type')).toContain('text/html')
    expect((await get('/nowhere', {})).headers.get('Content-Type')).toContain('application/problem+json')
  })
})

describe('when the database is away', () => {
  it('says so, and shows no stack', async () => {
    const broken = { ...authority.services, requests: { ...authority.services.requests, inbox: unavailable } }
    const person = signedIn('a', 'Ada')
    const response = await createPages(broken, async () => person).request('/')
    expect(response.status).toBe(503)
    const page = await response.text()
    expect(page).toContain('Temporarily unavailable')
    expect(page).not.toContain('connection refused')
  })

  const unavailable = () => Promise.reject(new StoreUnavailable('connection refused'))
})

describe('returnPath', () => {
  const origin = 'https://approve.example'

  it.each([
    '/',
    '/approve/abc',
    '/people?x=1',
    '/ledger?words=restart+router&from=2026-01-01T00%3A00',
    '/ledger?text=%2F%2Fevil.example&to=https%3A%2F%2Fevil.example',
  ])('keeps %s', (to) => {
    expect(returnPath(to, origin)).toBe(to)
  })

  it.each([
    undefined,
    '',
    'approve',
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/..//evil.example',
    '/.//evil.example?to=/',
    '///evil.example',
    '//evil.example/ledger?words=x',
    '/\r\n/evil.example',
    '/ledger?x=1\nSet-Cookie: a=b',
    '/ledger?to=\\\\evil.example',
    '\u2028//evil.example',
    ' //evil.example',
    'https:evil.example',
    'https:///evil.example',
    'data:text/html,x',
    'javascript:alert(1)',
  ])('goes home for %j', (to) => {
    expect(returnPath(to, origin)).toBe('/')
  })
})
