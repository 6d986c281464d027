/** Pages and executors behind a real nginx that buffers streams: they say so in words, and go on without the stream. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVerifier } from '@countersign/verifier'
import { live } from '@countersign/verifier/live'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { type RunningServer, startServer } from '../../src/node/server.ts'
import { addAgent, addExecutor, enrol, FORUM, freePort, mustSucceed, postAction } from '../setup/authority.ts'
import { sharedBrowser } from '../setup/browser.ts'
import { type NginxServer, startNginx } from '../setup/nginx.ts'
import { migratedDatabase, type TestDatabase } from '../setup/postgres.ts'

// A page waits for eight seconds before it calls silence a fault.
vi.setConfig({ testTimeout: 120_000 })

let database: TestDatabase
let server: RunningServer
let nginx: NginxServer
let agentSecret: string
let executorSecret: string
beforeAll(async () => {
  const [port, upstreamPort] = [await freePort(), await freePort()]
  database = await migratedDatabase()
  nginx = await startNginx(port, upstreamPort, { buffers: true })
  server = await startServer({
    COUNTERSIGN_ORIGIN: nginx.origin,
    COUNTERSIGN_PORT: String(upstreamPort),
    COUNTERSIGN_DATA_DIR: mkdtempSync(join(tmpdir(), 'countersign-test-')),
    COUNTERSIGN_LOG_LEVEL: 'silent',
    DATABASE_URL: database.url,
  })
  const operator = clientOf(server.operatorCredential)
  agentSecret = await addAgent({ operator }, 'helpdesk-agent')
  executorSecret = (await addExecutor({ operator })).credential
})
afterAll(async () => {
  await server.stop()
  await nginx.stop()
  await database.drop()
})

const clientOf = (credential: string) =>
  createClient({ origin: nginx.origin, credential, fetch: nginx.fetchFrom('127.0.0.1') })

/** The cookie of the first admin, who enrols with a software passkey: Chromium has none behind such a certificate. */
async function session(): Promise<{ readonly name: string; readonly value: string }> {
  let cookie = ''
  const fetch = async (url: string, init?: RequestInit) => {
    const answer = await nginx.fetchFrom('127.0.0.1')(url, init)
    cookie = answer.headers.getSetCookie()[0] ?? cookie
    return answer
  }
  await enrol({ config: server.config, fetch }, server.bootstrapLink ?? '', 'Ada Admin')
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
  return { name, value }
}

/** The causes that a verifier with a stream reports, by way of this proxy. */
async function causesOf(proxy: NginxServer, until: (causes: readonly unknown[]) => boolean) {
  const causes: unknown[] = []
  const following = live()
  createVerifier({
    issuer: nginx.origin,
    audience: FORUM,
    credential: executorSecret,
    publicUrl: FORUM,
    fetch: (input, init) => proxy.fetchFrom('127.0.0.1')(String(input).replace(nginx.origin, proxy.origin), init),
    live: following,
    onError: (error) => void causes.push(error instanceof Error ? (error.cause ?? error) : error),
  })
  await vi.waitFor(() => expect(until(causes) || following.ageSeconds() < 2).toBe(true), { timeout: 30_000 })
  const ageSeconds = following.ageSeconds()
  await following.close()
  return { causes, ageSeconds }
}

describe('an executor', () => {
  it('behind a proxy that buffers is told so, and has no fresh news', async () => {
    const { causes, ageSeconds } = await causesOf(nginx, (all) => all.length > 0)
    expect(causes).toContainEqual(expect.stringMatching(/Does a proxy buffer it\? Turn its buffering off/))
    expect(ageSeconds).toBeGreaterThan(2)
  })

  it('behind one that does not has fresh news', async () => {
    const direct = await startNginx(await freePort(), server.config.port)
    const { causes, ageSeconds } = await causesOf(direct, () => false)
    expect(causes).toEqual([])
    expect(ageSeconds).toBeLessThan(2)
    await direct.stop()
  })
})

describe('the inbox', () => {
  it('says that updates arrive late, and shows a new request all the same', async () => {
    const context = await (await sharedBrowser()).newContext({ baseURL: nginx.origin, ignoreHTTPSErrors: true })
    await context.addCookies([{ ...(await session()), url: nginx.origin, httpOnly: true, secure: true }])
    const page = await context.newPage()
    await page.goto('/')
    await page.getByText('Updates arrive late: a proxy holds them back').waitFor({ timeout: 40_000 })

    mustSucceed(await clientOf(agentSecret).propose({ body: { audience: FORUM, action: postAction('Held back') } }))
    await page.locator('[data-rows=waiting] [data-row]').waitFor({ timeout: 40_000 })
    await context.close()
  })
})
