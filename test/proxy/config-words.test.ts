/** Each fault of a proxy's configuration is said in the project's own words, with the form that is expected. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readChallengeKey, readProxyConfig } from '../../src/cli/proxy/proxy-config.ts'

const route = { methods: ['POST'], path: '/*', action: 'forum.post' }
const right = {
  issuer: 'http://localhost:8787',
  audience: 'urn:x',
  credential: { env: 'X' },
  listen: { port: 8900 },
  upstream: { origin: 'https://forum.example' },
  routes: [route],
}
const routes = (more: object) => ({ routes: [{ ...route, ...more }] })
const upstream = (more: object) => ({ upstream: { ...right.upstream, ...more } })
const file = join(mkdtempSync(join(tmpdir(), 'proxy-words-')), 'proxy.json')
const written = (content: object) => {
  writeFileSync(file, JSON.stringify(content))
  return file
}

describe('a configuration with', () => {
  it.each<[string, object]>([
    ['issuer: It has to be an origin: a scheme, a host and a port', { issuer: 'localhost:8787' }],
    ['issuer: It is missing.', { issuer: undefined }],
    ['audience: It has to be a text', { audience: 5 }],
    ['credential: It has to be { "env": "NAME" }: a secret is never', { credential: 'cs_executor_x' }],
    ['credential.env: It is no name of an environment variable.', { credential: { env: 'A B' } }],
    ['listen: It has to be an object', { listen: 8900 }],
    ['listen.port: It is missing.', { listen: {} }],
    ['listen.port: It has to be at most 65535.', { listen: { port: 99_999 } }],
    ['upstream.origin: It has to be an origin', upstream({ origin: 'https://forum.example/api' })],
    ['upstream.headers.X-Key: It has to be the name of a header', upstream({ headers: { 'X-Key': { env: 'X' } } })],
    ['upstream.timeout_seconds: It has to be a whole number.', upstream({ timeout_seconds: 1.5 })],
    ['rotes: There is no such member.', { rotes: [] }],
    ['routes: It has to have at least 1 entries.', { routes: [] }],
    ['routes.0.methods.0: It has to be "GET" or "HEAD"', routes({ methods: ['get'] })],
    ['routes.0.path: It has to be a path, or the beginning of one and *.', routes({ path: 'files' })],
    ['routes.0.action: It is no name of an action.', routes({ action: 'a b' })],
    ['routes.0: It needs either an action, or "open": true.', routes({ open: true })],
    ['routes.0: It is open, so its methods have to be GET and HEAD alone.', routes({ open: true, action: undefined })],
    ['routes.0.open: It has to be true.', routes({ open: 'yes' })],
    ['routes.0: It names a header that no route can bind: accept-txn', routes({ headers: ['content-length'] })],
    ['routes.0.state: It has to be "http".', routes({ state: 'x' })],
    ['public_url: It has to be an address that begins with http://', { public_url: 'x' }],
    ['accept_self_approval: It has to be true or false.', { accept_self_approval: 'yes' }],
  ])('%s', (words, more) => {
    const read = () => readProxyConfig(written({ ...right, ...more }))
    expect(read).toThrow(`${file}: ${words}`)
    expect(read).not.toThrow(/Invalid|expected|Too (small|big)/)
  })

  it('no fault is read', () => {
    expect(readProxyConfig(written(right)).audience).toBe('urn:x')
  })
})

it('a key that is none is said to be', () => {
  for (const key of [{}, { kty: 'EC', crv: 'P-384' }, [], { kty: 'EC', crv: 'P-256', x: 5 }])
    expect(() => readChallengeKey(written(key))).not.toThrow(/Invalid|expected/)
  expect(() => readChallengeKey(written([]))).toThrow('The whole: It has to be a private JWK with kid and alg')
})
