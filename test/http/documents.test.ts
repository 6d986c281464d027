/** Documents that are the same for everybody: built once, answered from memory, and their readers counted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApiDocument } from '../../src/api/openapi.ts'
import { enrolFirstAdmin, type Person, startAuthority } from '../setup/authority.ts'
import { cookieFor } from './refusals.ts'
import { type WatchedAuthority, watch } from './watch.ts'

let authority: WatchedAuthority
let ada: Person
beforeAll(async () => {
  authority = watch(await startAuthority({ settings: { COUNTERSIGN_ANONYMOUS_CALLS_PER_MINUTE: '60' } }))
  ada = await enrolFirstAdmin(authority)
})
afterAll(() => authority.stop())

const get = (path: string, init: RequestInit = {}) => authority.fetch(`${authority.config.origin}${path}`, init)

describe.each(['/openapi.json', '/docs', '/docs/specification', '/docs/endpoints'])('%s', (path) => {
  it('is not sent again to a reader who has it', async () => {
    const whole = await get(path)
    const etag = whole.headers.get('etag') ?? ''
    const bytes = new Uint8Array(await whole.arrayBuffer())
    expect([whole.status, etag]).toEqual([200, expect.stringMatching(/^"[\w-]{22}"$/)])
    expect(bytes.length).toBe(Number(whole.headers.get('content-length')))
    for (const known of [etag, `W/${etag}`, `"another", ${etag}`, '*']) {
      const again = await get(path, { headers: { 'if-none-match': known } })
      expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, ''])
    }
    for (const unknown of ['"another"', etag.slice(1, -1), '']) {
      expect((await get(path, { headers: { 'if-none-match': unknown } })).status).toBe(200)
    }
  })

  it('has its headers alone for HEAD', async () => {
    const [whole, head] = [await get(path), await get(path, { method: 'HEAD' })]
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect([...head.headers]).toEqual([...whole.headers])
  })
})

it('the OpenAPI document is that of the endpoints as they are, at this authority', async () => {
  const served = await (await get('/openapi.json')).json()
  expect(served).toEqual({ ...openApiDocument(), servers: [{ url: authority.config.origin }] })
})

it('a person who is signed in gets the page with their own bar, whatever they know', async () => {
  const stranger = await get('/docs')
  const headers = { cookie: await cookieFor({ authority }, ada), 'if-none-match': '*' }
  const own = await get('/docs', { headers })
  expect([own.status, own.headers.get('etag'), own.headers.get('cache-control')]).toEqual([200, null, 'no-store'])
  expect(await own.text()).toContain('Ada Admin')
  expect(await stranger.text()).not.toContain('Ada Admin')
  expect(stranger.headers.get('vary')).toBe('Cookie')
})

it('readers are counted, apart from those who call', async () => {
  const statuses = new Set<number>()
  for (let calls = 0; calls < 70; calls++) statuses.add((await get('/openapi.json')).status)
  expect(statuses).toEqual(new Set([200, 429]))
  const refused = await get('/docs/settings')
  expect([refused.status, await refused.json()]).toEqual([429, expect.objectContaining({ code: 'rate_limited' })])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  const origin = { origin: authority.config.origin }
  expect((await get('/session/options', { method: 'POST', headers: origin })).status).toBe(200)
  expect((await get('/sign-in')).status).toBe(200)
})
