/** `login` and `profile`: what is kept, for whom, and which credential a command then uses. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { addAgent, OPERATOR, startAuthority, type TestAuthority } from '../setup/authority.ts'
import { runCommand } from './run-command.ts'

// Every case starts processes of its own.
vi.setConfig({ testTimeout: 120_000 })

const UNKNOWN = `cs_operator_${'B'.repeat(43)}`

let authority: TestAuthority
let url: string
let agentCredential: string
let home: string

beforeAll(async () => {
  authority = await startAuthority({ database: 'pglite' })
  await authority.listen()
  url = authority.config.origin
  agentCredential = await addAgent(authority, 'helpdesk-agent')
})
afterAll(() => authority.stop())
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'countersign-test-'))
})

const file = () => join(home, 'countersign/profiles.json')
const run = (args: readonly string[], environment = {}, input = '') =>
  runCommand(args, { XDG_CONFIG_HOME: home, PWD: home, ...environment }, input)
const logIn = (secret: string, ...more: string[]) => run(['login', url, ...more], {}, `${secret}\n`)
const otherFolder = () => mkdtempSync(join(tmpdir(), 'countersign-test-'))

function dataDir(folder: string, secret: string, origin: string): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'operator-credential'), secret)
  writeFileSync(join(folder, 'origin'), origin)
  return folder
}

describe('login', () => {
  it('keeps a credential that the authority knows, for its owner alone, and uses it', async () => {
    const { code, stdout } = await logIn(OPERATOR, '--profile', 'work')
    expect([code, stdout]).toEqual([0, expect.stringContaining('The profile work is kept and in use: the operator ')])
    expect(stdout).not.toContain(OPERATOR)
    expect([statSync(file()).mode & 0o777, statSync(join(home, 'countersign')).mode & 0o777]).toEqual([0o600, 0o700])
    expect((await run(['agent', 'list'])).stdout).toContain('helpdesk-agent')
  })

  it.each([
    ['one that the authority does not know', UNKNOWN, /unknown, revoked or expired/],
    ['what is none', 'hunter2', /That is no credential/],
    ['nothing', '', /That is no credential/],
  ])('keeps nothing of %s', async (_, secret, words) => {
    const { code, stderr } = await logIn(secret)
    expect(code).not.toBe(0)
    expect(stderr).toMatch(words)
    expect(stderr).not.toContain('hunter2')
    expect(existsSync(file())).toBe(false)
  })

  it('renews a credential, and puts none over that of another kind or authority', async () => {
    await logIn(OPERATOR, '--profile', 'work')
    expect((await logIn(OPERATOR, '--profile', 'work')).code).toBe(0)
    const kind = await logIn(agentCredential, '--profile', 'work')
    expect([kind.code, kind.stderr]).toEqual([2, expect.stringContaining('holds a credential of kind operator')])
    const elsewhere = await run(['login', 'http://localhost:1', '--profile', 'work'], {}, OPERATOR)
    expect([elsewhere.code, elsewhere.stderr]).toEqual([2, expect.stringContaining(`belongs to ${url}`)])
    expect(JSON.parse((await run(['profile', 'list', '--json'])).stdout).profiles).toHaveLength(1)
  })

  it.each([
    'http://approve.example',
    'http://192.168.1.7:8787',
    'http://localhost.example',
    'http://127.0.0.1.example',
  ])('sends no credential to %s, and keeps none for it', async (elsewhere) => {
    const words = 'Use https, or http on localhost.'
    const { code, stderr } = await run(['login', elsewhere], {}, OPERATOR)
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)])
    expect(existsSync(file())).toBe(false)
    const environment = { COUNTERSIGN_URL: elsewhere, COUNTERSIGN_CREDENTIAL: OPERATOR }
    const other = await run(['agent', 'list'], environment)
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining(words)])
  })

  it.each(['../work', '__proto__', '-work', '', 'a'.repeat(65)])('takes no profile named %j', async (name) => {
    expect((await logIn(OPERATOR, '--profile', name)).code).toBe(2)
    expect(existsSync(file())).toBe(false)
  })
})

describe('profiles', () => {
  beforeEach(async () => {
    await logIn(agentCredential, '--profile', 'helpdesk')
    await logIn(OPERATOR, '--profile', 'work')
  })

  it('are listed without their secrets, chosen, and removed', async () => {
    const listed = await run(['profile', 'list'])
    expect(listed.stdout).toMatch(/helpdesk .* agent .*\nwork .* operator .* yes/)
    expect(listed.stdout + (await run(['profile', 'list', '--json'])).stdout).not.toMatch(/cs_\w+_[\w-]{7}/)
    expect((await run(['profile', 'use', 'helpdesk'])).code).toBe(0)
    expect((await run(['agent', 'list'])).stderr).toContain('the credential of the profile helpdesk is an agent’s')
    expect((await run(['agent', 'list'])).stderr).toContain('--profile work')
    expect((await run(['profile', 'remove', 'helpdesk'])).code).toBe(0)
    expect((await run(['agent', 'list'])).code).toBe(2)
    const gone = await run(['profile', 'use', 'helpdesk'])
    expect([gone.code, gone.stderr]).toEqual([2, expect.stringContaining('There are: work.')])
  })

  it('can all be out of use', async () => {
    await run(['profile', 'use'])
    expect((await run(['agent', 'list'])).code).toBe(2)
    expect((await run(['agent', 'list', '--profile', 'work'])).code).toBe(0)
  })

  it('send their credential to their own authority alone', async () => {
    for (const args of [
      ['--url', 'http://localhost:1'],
      ['--url', url.replace('localhost', '127.0.0.1')],
    ]) {
      const { code, stderr } = await run(['agent', 'list', '--profile', 'work', ...args])
      expect([code, stderr]).toEqual([2, expect.stringContaining(`belongs to ${url}, and is not sent to`)])
    }
    const variable = await run(['agent', 'list'], { COUNTERSIGN_URL: 'http://localhost:1' })
    expect([variable.code, variable.stderr]).toEqual([2, expect.stringContaining('No credential')])
  })

  it('come after what was named, and before a data directory that merely lies there', async () => {
    const named = dataDir(otherFolder(), OPERATOR, 'http://localhost:1')
    expect((await run(['agent', 'list', '--data-dir', named])).code).toBe(5)
    expect((await run(['agent', 'list'], { COUNTERSIGN_DATA_DIR: named })).code).toBe(5)
    const inEnvironment = await run(['agent', 'list'], {
      COUNTERSIGN_CREDENTIAL: agentCredential,
      COUNTERSIGN_URL: url,
    })
    expect(inEnvironment.stderr).toContain('COUNTERSIGN_CREDENTIAL is an agent’s')
    const profile = await run(['agent', 'list', '--profile', 'work'], { COUNTERSIGN_CREDENTIAL: agentCredential })
    expect(profile.code).toBe(0)

    dataDir(join(home, 'data'), UNKNOWN, 'http://localhost:1')
    const { code, stderr } = await run(['agent', 'list'])
    expect(code).toBe(0)
    expect(stderr).toBe(`The profile in use is for ${url}. --data-dir data calls http://localhost:1 instead.\n`)
  })

  it('are refused where others can read them, and where they are damaged', async () => {
    chmodSync(file(), 0o640)
    const open = await run(['agent', 'list'])
    expect([open.code, open.stderr]).toEqual([2, expect.stringContaining(`chmod 600 ${file()}`)])
    chmodSync(file(), 0o600)
    for (const text of ['', '{}', '[]', '{"in_use":null,"profiles":[{"name":"work"}]}', '\u0000']) {
      writeFileSync(file(), text)
      const damaged = await run(['agent', 'list'])
      expect([damaged.code, damaged.stderr]).toEqual([2, expect.stringContaining(`${file()} is damaged`)])
    }
    const stop = await run(['kill', 'list'], { COUNTERSIGN_CREDENTIAL: OPERATOR, COUNTERSIGN_URL: url })
    expect(stop.code).toBe(0)
  })

  it('lie in the home folder where XDG_CONFIG_HOME is no whole path', async () => {
    for (const relative of ['relative', '', undefined]) {
      const environment = { XDG_CONFIG_HOME: relative, HOME: otherFolder() }
      await run(['login', url], environment, OPERATOR)
      const kept = readFileSync(join(environment.HOME, '.config/countersign/profiles.json'), 'utf8')
      expect(JSON.parse(kept).profiles).toEqual([{ name: new URL(url).host, url, credential: OPERATOR }])
    }
  })
})
