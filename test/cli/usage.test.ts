/** The command without an authority: help, wrong usage, and an address without an answer. */
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { buildProgram } from '../../src/cli/program.ts'
import { freePort } from '../setup/authority.ts'
import { runCommand } from './run-command.ts'

// Every case starts processes of its own.
vi.setConfig({ testTimeout: 120_000 })

const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'))
const nobody = {
  COUNTERSIGN_URL: `http://localhost:${await freePort()}`,
  COUNTERSIGN_CREDENTIAL: `cs_operator_${'A'.repeat(43)}`,
}

const write = (name: string, content: unknown): string => {
  const file = join(folder, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

const allCommands = buildProgram().commands.flatMap((command) =>
  command.commands.length > 0 ? command.commands.map((inner) => [command.name(), inner.name()]) : [[command.name()]],
)

describe('help', () => {
  it('is there for every command, with the exit codes', () => {
    for (const command of allCommands) {
      const [first, second] = command
      const group = buildProgram().commands.find((found) => found.name() === first)
      const described = second === undefined ? group : group?.commands.find((found) => found.name() === second)
      expect(described?.description(), command.join(' ')).toMatch(/\w/)
    }
  })

  it('explains environment and exit codes, on stdout, with 0', async () => {
    const { code, stdout, stderr } = await runCommand(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    for (const word of ['COUNTERSIGN_CREDENTIAL', 'Exit codes', '5  the authority cannot be reached']) {
      expect(stdout).toContain(word)
    }
  })

  it('has examples', async () => {
    const { code, stdout } = await runCommand(['executor', 'add', '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/Examples:\n {2}\$ countersign executor add/)
    expect(stdout).toContain('Exit codes')
  })

  it('knows its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(await runCommand(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })
})

describe('wrong usage ends with 2', () => {
  it.each([
    ['no command', []],
    ['an unknown command', ['agnet', 'list']],
    ['an unknown option', ['agent', 'list', '--colour']],
    ['a missing argument', ['agent', 'add']],
    ['a missing option', ['request', 'forum.post', '--executor', 'https://forum.example']],
    ['a number that is none', ['agent', 'add', 'a', '--expires-in-days', 'many']],
    ['an agent id that cannot be', ['agent', 'add', 'Not An Id']],
    ['an audience that is no URI', ['executor', 'add', 'forum', '--action', 'a:read']],
    ['an executor without a catalogue', ['executor', 'add', 'https://forum.example']],
    ['an effect nobody knows', ['executor', 'add', 'https://forum.example', '--action', 'forum.post:big']],
    ['a role nobody has', ['people', 'invite', 'Ada', '--role', 'boss']],
    ['an argument given twice', requestWith('--arg', 'a=1', '--arg', 'a=2')],
    ['an argument without a value', requestWith('--arg', 'a')],
    ['arguments that are no JSON', requestWith('--args-json', '{"a":1,"a":2}')],
    ['an address with a path', ['agent', 'list', '--url', 'http://localhost:9/api']],
    ['no token to inspect', ['token', 'inspect']],
  ])('%s', async (_, args) => {
    const { code, stdout, stderr } = await runCommand(args, nobody)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/\w/)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it('also with --json, as JSON', async () => {
    const unknown = await runCommand(['agent', 'list', '--colour', '--json'], nobody)
    expect([unknown.code, JSON.parse(unknown.stdout).error.code]).toEqual([2, 'usage'])
    const audience = await runCommand(['executor', 'add', 'forum', '--json'], nobody)
    expect([audience.code, JSON.parse(audience.stdout).error.code]).toEqual([2, 'usage'])
  })

  it('where there is no credential, and says where one belongs', async () => {
    const { code, stderr } = await runCommand(['agent', 'list', '--data-dir', folder])
    expect(code).toBe(2)
    expect(stderr).toContain('COUNTERSIGN_CREDENTIAL')
    expect(stderr).toContain(join(folder, 'operator-credential'))
  })
})

function requestWith(...more: string[]): string[] {
  return ['request', 'forum.post', '--executor', 'https://forum.example', '--resource', 'forum:x', ...more]
}

describe('an authority that cannot be reached', () => {
  it.each([
    [['agent', 'list']],
    [['agent', 'add', 'helpdesk-agent']],
    [requestWith('--arg', 'a=1')],
    [['keys', 'rotate']],
    [['policy', 'show']],
    [['grants']],
    [['audit', 'report']],
    // Ids are base64url: one in 64 begins like an option.
    [['revoke', 'token', '-HNNrcXA8U5Eb_OxN_rwxA']],
    [['kill', 'show', '--verbose', '--NrcXA8U5Eb_OxN_rwxA-']],
  ])('ends %j with 5', async (args) => {
    const { code, stdout, stderr } = await runCommand(args, nobody)
    expect([code, stdout]).toEqual([5, ''])
    expect(stderr).toContain('✘ ')
    for (const step of [nobody.COUNTERSIGN_URL, 'countersign serve', '--url', 'COUNTERSIGN_URL'])
      expect(stderr).toContain(step)
  })

  it('is told to programs as JSON', async () => {
    const { code, stdout } = await runCommand(['agent', 'list', '--json'], nobody)
    expect(code).toBe(5)
    expect(JSON.parse(stdout).error.code).toBe('authority_unreachable')
  })
})

describe('challenge keys', () => {
  const add = (...more: string[]) => [
    'executor',
    'add',
    'https://forum.example',
    '--action',
    'forum.post:write',
    ...more,
  ]
  const jwk = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) }

  it.each([
    ['alone', { ...jwk, d: 'A'.repeat(43) }],
    ['in a set', { keys: [jwk, { ...jwk, d: 'A'.repeat(43) }] }],
    ['symmetric', { kty: 'oct', k: 'AAAA' }],
  ])('a private one is refused: %s', async (name, content) => {
    const { code, stderr } = await runCommand(add('--challenge-key', write(`${name}.jwk`, content)), nobody)
    expect(code).toBe(2)
    expect(stderr).toContain('holds a private key')
    expect(stderr).not.toContain('A'.repeat(43))
  })

  it('a file that holds none is refused', async () => {
    const { code, stderr } = await runCommand(add('--challenge-key', write('rsa.jwk', { kty: 'RSA' })), nobody)
    expect([code, stderr]).toEqual([2, expect.stringContaining('no public P-256 or Ed25519 key')])
  })

  it('is made on request, for its owner alone, and never over an existing file', async () => {
    const out = join(folder, 'new.jwk')
    await runCommand(add('--generate-challenge-key', out), nobody)
    expect(statSync(out).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ kty: 'EC', alg: 'ES256', d: expect.any(String) })
    const again = await runCommand(add('--generate-challenge-key', out), nobody)
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('exists already')])
  })

  it('is not made where the rest is wrong', async () => {
    const out = join(folder, 'never.jwk')
    await runCommand(['executor', 'add', 'forum', '--action', 'a:read', '--generate-challenge-key', out], nobody)
    expect(existsSync(out)).toBe(false)
  })
})
