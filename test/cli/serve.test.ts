/** `serve` as a process of its own: what it prints, what it writes, how it ends. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { connectPglite } from '../../src/store/driver/pglite.ts'
import { freePort } from '../setup/authority.ts'
import { migratedDatabase } from '../setup/postgres.ts'
import { type Running, runCommand, startCommand } from './run-command.ts'

// Every case starts processes of its own.
vi.setConfig({ testTimeout: 120_000 })

const running: Running[] = []
const drops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const { signal, ended } of running.splice(0)) {
    signal('SIGTERM')
    await ended
  }
  for (const drop of drops.splice(0)) await drop()
})

/** On PGlite unless `settings` name a database: creating one takes seconds. */
async function serve(args: readonly string[] = [], settings: Readonly<Record<string, string>> = {}) {
  const origin = `http://localhost:${await freePort()}`
  const dataDir = join(mkdtempSync(join(tmpdir(), 'countersign-test-')), 'data')
  const environment = { COUNTERSIGN_ORIGIN: origin, COUNTERSIGN_LOG_LEVEL: 'silent', ...settings }
  const server = startCommand(['serve', '--data-dir', dataDir, ...args], environment)
  running.push(server)
  await expect.poll(() => server.stdout()).toContain(origin)
  return { server, origin, dataDir }
}

async function onPostgres() {
  const { url, drop } = await migratedDatabase()
  drops.push(drop)
  return { DATABASE_URL: url }
}

/** A module that says on standard error which data of a locale are read. */
const watchLocales = `
  const told = (name) => ({
    apply: (...call) => (process._rawDebug('locale data: ' + name), Reflect.apply(...call)),
    construct: (...call) => (process._rawDebug('locale data: ' + name), Reflect.construct(...call)),
  })
  const watch = (holder, names) => {
    for (const name of names) if (typeof holder[name] === 'function') holder[name] = new Proxy(holder[name], told(name))
  }
  watch(Intl, Object.getOwnPropertyNames(Intl))
  watch(String.prototype, ['localeCompare'])
  for (const type of [Number, Date]) watch(type.prototype, Object.getOwnPropertyNames(type.prototype).filter((name) => /Locale/.test(name)))
`

describe('serve', () => {
  it('says where it listens and how to become its admin, and lets the operator in by a private file', async () => {
    const { server, origin, dataDir } = await serve()
    expect(server.stdout()).toContain(`The authority listens at ${origin}`)
    await expect
      .poll(() => server.stderr())
      .toMatch(/There is no admin yet.*\n.*\/enrol#[\w-]{43}\n.*works once, for 15 minutes/)
    expect(statSync(join(dataDir, 'operator-credential')).mode & 0o777).toBe(0o600)
    const listed = await runCommand(['agent', 'list', '--url', origin, '--data-dir', dataDir])
    expect(listed.code).toBe(0)
    server.signal('SIGTERM')
    expect(await server.ended).toMatchObject({ code: 0 })
  })

  it('tells programs the same as JSON', async () => {
    const { server, origin } = await serve(['--json'], await onPostgres())
    await expect.poll(() => server.stdout()).toMatch(/}\n$/)
    expect(JSON.parse(server.stdout())).toEqual({
      url: origin,
      bootstrap_link: expect.stringMatching(/\/enrol#[\w-]{43}$/),
    })
  })

  it('reads no data of a locale for its start and its first page: those of numbers alone are 7 MB', async () => {
    const watching = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(watchLocales)}` }
    const seen = (running: Running) => running.stderr().match(/locale data: .*/g) ?? []
    const { server, origin } = await serve([], watching)
    expect((await fetch(origin)).status).toBe(200)
    expect(seen(server)).toEqual([])
  })

  it('refuses settings that are wrong, and names each', async () => {
    const wrong = { COUNTERSIGN_ORIGIN: 'http://192.0.2.1', COUNTERSIGN_COLOUR: 'red' }
    const { code, stderr } = await runCommand(['serve'], wrong)
    expect(code).toBe(2)
    expect(stderr).toMatch(/COUNTERSIGN_ORIGIN: must be https/)
    expect(stderr).toMatch(/COUNTERSIGN_COLOUR: unknown setting/)
  })

  it('says in words why the database cannot be used', async () => {
    const { DATABASE_URL: url } = await onPostgres()
    const wrong = { DATABASE_URL: Object.assign(new URL(url), { password: 'wrong' }).href }
    const dataDir = mkdtempSync(join(tmpdir(), 'countersign-test-'))
    const { code, stderr } = await runCommand(['serve', '--data-dir', dataDir], {
      COUNTERSIGN_ORIGIN: `http://localhost:${await freePort()}`,
      ...wrong,
    })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^✘ PostgreSQL refused the password\. Correct the user and password in DATABASE_URL\./)
  })

  it('says so when the port is taken', async () => {
    const { origin } = await serve([], await onPostgres())
    const dataDir = mkdtempSync(join(tmpdir(), 'countersign-test-'))
    const settings = { COUNTERSIGN_ORIGIN: origin, ...(await onPostgres()) }
    const second = await runCommand(['serve', '--data-dir', dataDir], settings)
    expect(second.code).toBe(2)
    expect(second.stderr).toContain('The port is in use')
  })
})

describe('restored', () => {
  it('lets an authority start again on a database that came from another server', async () => {
    const { server, origin, dataDir } = await serve()
    server.signal('SIGTERM')
    await server.ended
    await pretendRestored(dataDir)
    const environment = { COUNTERSIGN_ORIGIN: origin, COUNTERSIGN_LOG_LEVEL: 'silent' }
    const refused = await runCommand(['serve', '--data-dir', dataDir], environment)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('run `countersign restored`')])
    expect(refused.stderr).not.toContain('unexpected')
    const restored = () => runCommand(['--json', 'restored', '--data-dir', dataDir], environment)
    const first = JSON.parse((await restored()).stdout)
    expect(first).toEqual({ adopted: true, ended: 0, killswitch: expect.any(String) })
    expect(JSON.parse((await restored()).stdout)).toEqual({ ...first, adopted: false })
    const again = startCommand(['serve', '--data-dir', dataDir], environment)
    running.push(again)
    await expect.poll(() => again.stdout()).toContain(origin)
  })
})

describe('a database that was set back as a whole', () => {
  it('is noticed by the next start, until the operator says that it was a backup', async () => {
    const { server, origin, dataDir } = await serve()
    const environment = { COUNTERSIGN_ORIGIN: origin, COUNTERSIGN_LOG_LEVEL: 'silent' }
    const end = async ({ signal, ended }: Running) => {
      signal('SIGTERM')
      await ended
    }
    const newest = join(dataDir, 'newest-checkpoint')
    await expect.poll(() => existsSync(newest), { timeout: 30_000 }).toBe(true)
    await end(server)
    cpSync(join(dataDir, 'pglite'), join(dataDir, 'earlier'), { recursive: true })
    const before = readFileSync(newest, 'utf8')
    const second = startCommand(['serve', '--data-dir', dataDir], environment)
    running.push(second)
    await expect.poll(() => second.stdout(), { timeout: 60_000 }).toContain(origin)
    const stop = [
      'kill',
      '--agent',
      'nobody',
      '--reason',
      'To be forgotten',
      '--url',
      origin,
      '--data-dir',
      dataDir,
      '--yes',
    ]
    expect((await runCommand(stop)).code).toBe(0)
    await expect.poll(() => readFileSync(newest, 'utf8'), { timeout: 30_000 }).not.toBe(before)
    await end(second)

    rmSync(join(dataDir, 'pglite'), { recursive: true })
    cpSync(join(dataDir, 'earlier'), join(dataDir, 'pglite'), { recursive: true })
    const refused = await runCommand(['serve', '--data-dir', dataDir], environment)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('The database was set back')])
    expect(refused.stderr).toContain('run `countersign restored`')
    expect((await runCommand(['restored', '--data-dir', dataDir], environment)).code).toBe(0)
    const again = startCommand(['serve', '--data-dir', dataDir], environment)
    running.push(again)
    await expect.poll(() => again.stdout(), { timeout: 60_000 }).toContain(origin)
  }, 300_000)
})

/** As after a restore: the transactions that wrote the entries lie ahead of those of this server. */
async function pretendRestored(dataDir: string): Promise<void> {
  const database = await connectPglite(join(dataDir, 'pglite'))
  for (const text of [
    'ALTER TABLE entries DISABLE TRIGGER entries_append_only',
    `UPDATE entries SET xid = (xid::text::bigint + 1000000)::text::xid8`,
    'ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_append_only',
  ]) {
    await database.run({ text, parameters: [] })
  }
  await database.close()
}
