/** `doctor` on set-ups that are well and on those that are not: what it finds, its exit code, and that no secret shows. */
import { chmodSync, mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { type RunningServer, startServer } from '../../src/node/server.ts'
import { addAgent, enrol, freePort } from '../setup/authority.ts'
import { type NginxServer, startNginx } from '../setup/nginx.ts'
import { migratedDatabase, type TestDatabase } from '../setup/postgres.ts'
import { runCommand } from './run-command.ts'

// Every case starts a process, behind a proxy that keeps answers for as long as it likes.
vi.setConfig({ testTimeout: 120_000 })

interface Finding {
  readonly subject: string
  readonly state: 'ok' | 'mend' | 'unknown'
  readonly words: string
}

let database: TestDatabase
beforeAll(async () => {
  database = await migratedDatabase()
})
afterAll(() => database.drop())

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

interface Place {
  readonly server: RunningServer
  readonly settings: Readonly<Record<string, string>>
  readonly nginx: NginxServer
}

/** An authority behind nginx. */
async function setUp(more: Record<string, string> = {}, proxy: Parameters<typeof startNginx>[2] = {}): Promise<Place> {
  const own = await migratedDatabase()
  ends.push(own.drop)
  const [port, upstreamPort] = [await freePort(), await freePort()]
  const nginx = await startNginx(port, upstreamPort, proxy)
  ends.push(nginx.stop)
  const settings = {
    COUNTERSIGN_ORIGIN: nginx.origin,
    COUNTERSIGN_PORT: String(upstreamPort),
    COUNTERSIGN_DATA_DIR: mkdtempSync(join(tmpdir(), 'countersign-test-')),
    COUNTERSIGN_LOG_LEVEL: 'silent',
    COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1, ::1',
    DATABASE_URL: own.url,
    ...more,
  }
  const server = await startServer(settings)
  ends.push(server.stop)
  return { server, settings, nginx }
}

async function examine(settings: Readonly<Record<string, string>>, { certificate = '' } = {}, args: string[] = []) {
  const { code, stdout, stderr } = await runCommand(['--json', 'doctor', ...args], {
    ...settings,
    NODE_EXTRA_CA_CERTS: certificate || undefined,
  })
  expect(stderr.replace(/^.*(ExperimentalWarning|--trace-warnings).*$/gm, '').trim()).toBe('')
  expect(stdout).not.toMatch(/cs_(operator|agent)_|a-secret|"d":/)
  const { findings }: { findings: Finding[] } = JSON.parse(stdout)
  const about = (subject: string) => findings.find((one) => one.subject === subject)
  const faults = findings.filter(({ state }) => state === 'mend')
  return { code, about, faults: faults.map(({ subject }) => subject), findings }
}

async function twoKeys({ server, nginx }: Place): Promise<void> {
  const reachable = { config: server.config, fetch: nginx.fetchFrom('127.0.0.1') }
  if (server.bootstrapLink !== null) await enrol(reachable, server.bootstrapLink, 'Ada Admin')
}

describe('an authority that runs', () => {
  it('behind a proxy that is set up well has one thing to mend, its only passkey', async () => {
    const place = await setUp()
    await twoKeys(place)
    const { code, about, faults } = await examine(place.settings, place.nginx)
    expect(faults).toEqual(['certificate', 'admins'])
    expect(code).toBe(1)
    expect(about('certificate')?.words).toMatch(/ends in \d days\. Renew it/)
    expect(about('admins')?.words).toMatch(/One passkey alone/)
    expect(about('proxies')).toMatchObject({ state: 'ok', words: expect.stringContaining('127.0.0.1') })
    expect(about('streams')).toMatchObject({ state: 'ok' })
    expect(about('announcements')).toMatchObject({ state: 'ok' })
    expect(about('head of the log')).toMatchObject({ state: 'ok' })
    expect(about('mail')).toMatchObject({ state: 'unknown' })
    for (const subject of ['settings', 'address', 'issuer', 'readiness', 'clock', 'database', 'migrations']) {
      expect(about(subject), subject).toMatchObject({ state: 'ok' })
    }
  })

  it('behind a proxy that buffers, that it does not trust, with mail that is not there', async () => {
    const smtpUrl = `smtp://user:a-secret@localhost:${await freePort()}`
    const place = await setUp(
      { COUNTERSIGN_TRUSTED_PROXIES: '0', COUNTERSIGN_SMTP_URL: smtpUrl, COUNTERSIGN_MAIL_FROM: 'a@example.com' },
      { buffers: true },
    )
    const { code, about } = await examine(place.settings, place.nginx)
    expect(code).toBe(1)
    expect(about('streams')).toMatchObject({ state: 'mend', words: expect.stringMatching(/proxy_buffering off/) })
    expect(about('proxies')).toMatchObject({
      state: 'mend',
      words: expect.stringMatching(/COUNTERSIGN_TRUSTED_PROXIES/),
    })
    expect(about('mail')).toMatchObject({ state: 'mend', words: expect.stringMatching(/Nothing listens.*SMTP_URL/) })
  })

  it('that is reached under another name, with keys that others can read', async () => {
    const place = await setUp()
    chmodSync(join(place.settings['COUNTERSIGN_DATA_DIR'] ?? '', 'log-key.jwk'), 0o644)
    const { about } = await examine(place.settings, place.nginx)
    expect(about('data directory')).toMatchObject({
      state: 'mend',
      words: expect.stringMatching(/chmod go= .*log-key/),
    })
    const direct = `http://localhost:${place.settings['COUNTERSIGN_PORT']}`
    const other = await examine({
      ...place.settings,
      COUNTERSIGN_URL: direct,
      COUNTERSIGN_CREDENTIAL: place.server.operatorCredential,
    })
    expect(other.about('issuer')).toMatchObject({ state: 'mend', words: expect.stringMatching(/calls itself https/) })
    expect(other.about('proxies')).toMatchObject({ state: 'unknown' })
  })

  it('shows its inside to its operator alone, and the rest to everyone', async () => {
    const place = await setUp()
    const operator = createClient({
      origin: place.server.url,
      credential: place.server.operatorCredential,
      fetch: place.nginx.fetchFrom('127.0.0.1'),
    })
    const credential =
      place.server.bootstrapLink === null ? 'cs_agent_unknown' : await addAgent({ operator }, 'doctor-agent')
    const asked = { COUNTERSIGN_URL: place.server.url, COUNTERSIGN_CREDENTIAL: credential }
    const { about } = await examine(asked, place.nginx)
    expect(about('inside')).toMatchObject({ state: 'unknown', words: expect.stringMatching(/an operator/) })
    expect(about('readiness')).toMatchObject({ state: 'ok' })
    expect(about('database')).toBeUndefined()
  })
})

describe('an authority that does not run', () => {
  const place = async (more: Record<string, string> = {}) => ({
    COUNTERSIGN_ORIGIN: `http://localhost:${await freePort()}`,
    COUNTERSIGN_DATA_DIR: mkdtempSync(join(tmpdir(), 'countersign-test-')),
    ...more,
  })
  const at = async (change: Partial<URL>) => {
    const settings = await place({ DATABASE_URL: Object.assign(new URL(database.url), change).href })
    return examine(settings, {}, [settings.COUNTERSIGN_ORIGIN])
  }

  it('has its directory, database and mail looked at all the same', async () => {
    const { code, about, faults } = await at({})
    expect(code).toBe(1)
    expect(faults).toEqual(['authority'])
    expect(about('authority')?.words).toMatch(/does not answer: ECONNREFUSED\. .*countersign serve.*--url/)
    expect(about('database')?.words).toMatch(/PostgreSQL \d+ answers/)
    expect(about('announcements')).toMatchObject({ state: 'ok' })
  })

  it.each([
    ['a wrong password', { password: 'a-secret-password' }, /refused the password/],
    ['a missing database', { pathname: '/missing' }, /does not exist/],
    ['a server that is away', { port: '1' }, /Nothing listens/],
  ])('with %s', async (_, change, words) => {
    expect((await at(change)).about('database')).toMatchObject({ state: 'mend', words: expect.stringMatching(words) })
  })

  it('with settings that are wrong, each named', async () => {
    const settings = await place({ COUNTERSIGN_COLOUR: 'red', COUNTERSIGN_PORT: 'x' })
    const { findings } = await examine(settings, {}, [settings.COUNTERSIGN_ORIGIN])
    const words = findings.filter(({ subject }) => subject === 'settings').map(({ words }) => words)
    expect(words).toEqual([expect.stringMatching(/PORT/), expect.stringMatching(/COLOUR/)])
  })

  it('and something else that answers in its place', async () => {
    const other = createServer((_, answer) => answer.end('hi'))
    const port = await freePort()
    await new Promise<void>((resolve) => other.listen(port, 'localhost', resolve))
    const { about } = await examine({}, {}, [`http://localhost:${port}`])
    expect(about('issuer')).toMatchObject({
      state: 'mend',
      words: expect.stringMatching(/not say that it is an authority/),
    })
    other.closeAllConnections()
    await new Promise((resolve) => other.close(resolve))
  })
})
