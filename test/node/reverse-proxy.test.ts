/** Behind a real nginx with TLS: strangers are counted apart, and none locks out the people who belong here. */
import { mkdtempSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../../src/node/server.ts'
import { wire } from '../http/passkey-json.ts'
import { enrol, freePort, mustSucceed, type Person, pageOf, type Reachable } from '../setup/authority.ts'
import { type NginxServer, startNginx } from '../setup/nginx.ts'
import { migratedDatabase, type TestDatabase } from '../setup/postgres.ts'

const ATTEMPTS = 6

let nginx: NginxServer
let server: RunningServer
let database: TestDatabase
let directPort: number
let ada: Person
beforeAll(async () => {
  const [port, upstreamPort] = [await freePort(), await freePort()]
  directPort = upstreamPort
  database = await migratedDatabase()
  nginx = await startNginx(port, upstreamPort)
  server = await startServer({
    COUNTERSIGN_ORIGIN: nginx.origin,
    COUNTERSIGN_PORT: String(upstreamPort),
    COUNTERSIGN_DATA_DIR: mkdtempSync(join(tmpdir(), 'countersign-test-')),
    COUNTERSIGN_LOG_LEVEL: 'silent',
    COUNTERSIGN_ANONYMOUS_CALLS_PER_MINUTE: String(ATTEMPTS),
    COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1, ::1',
    DATABASE_URL: database.url,
  })
  ada = await enrol(seenFrom('127.0.0.9'), server.bootstrapLink ?? '', 'Ada Admin')
})
afterAll(async () => {
  await server.stop()
  await nginx.stop()
  await database.drop()
})

const seenFrom = (address: string, more: HeadersInit = {}): Reachable => ({
  config: server.config,
  fetch: (url, init) =>
    nginx.fetchFrom(address)(url, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), ...more } }),
})

const guess = (from: Reachable) => pageOf(from).call('viewInvitation', { body: { invitation: 'B'.repeat(43) } })

async function signIn(from: Reachable) {
  const page = pageOf(from)
  const { options } = mustSucceed(await page.call('signInOptions'))
  const assertion = await ada.authenticator.assert({ challenge: String(options['challenge']) })
  return page.call('signIn', { body: { assertion: wire(assertion) } })
}

describe('behind nginx', () => {
  it('one stranger uses up their own attempts, whatever their header claims, and nobody else’s', async () => {
    for (let n = 0; n < ATTEMPTS; n++) {
      expect((await guess(seenFrom('127.0.0.2', { 'X-Forwarded-For': `192.0.2.${n}` }))).status).toBe(404)
    }
    expect((await guess(seenFrom('127.0.0.2', { 'X-Forwarded-For': '192.0.2.99' }))).status).toBe(429)
    expect((await guess(seenFrom('127.0.0.2'))).status).toBe(429)
    expect((await guess(seenFrom('127.0.0.3'))).status).toBe(404)
  })

  it('people sign in also from the address of a stranger who used up its attempts', async () => {
    expect((await guess(seenFrom('127.0.0.2'))).status).toBe(429)
    expect(await signIn(seenFrom('127.0.0.2'))).toMatchObject({ ok: true, value: { approver: ada.id } })
  })

  it('an idle connection stays open longer than the 60 seconds of load balancers', async () => {
    const header = await new Promise((resolve, reject) => {
      const call = request({ port: directPort, path: '/healthz', headers: { connection: 'keep-alive' } }, (answer) => {
        answer.resume()
        resolve(answer.headers['keep-alive'])
      })
      call.on('error', reject).end()
    })
    expect(Number(/timeout=(\d+)/.exec(String(header))?.[1])).toBeGreaterThan(60)
  })
})
