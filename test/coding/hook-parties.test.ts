/** `hook install` refuses where the hook could not work, and `hook remove` leaves no credential behind. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { WORKSTATION } from '../../src/domain/coding/workstation.ts'
import { runCommand } from '../cli/run-command.ts'
import { addAgent, addExecutor, mustSucceed, startAuthority } from '../setup/authority.ts'

const LAPTOP = 'https://laptop.example'
const authority = await startAuthority()
afterAll(() => authority.stop())
await authority.listen()
const executor = await addExecutor(authority, LAPTOP, WORKSTATION)
const credential = await addAgent(authority, 'coding-agent', { executors: [LAPTOP] })
const stranger = await addAgent(authority, 'elsewhere-agent', { executors: ['https://other.example'] })
const forum = await addExecutor(authority)

function machine(agent = credential, laptop = executor.credential) {
  const home = mkdtempSync(join(tmpdir(), 'hook-home-'))
  const [one, other] = [join(home, 'agent.txt'), join(home, 'laptop.txt')]
  writeFileSync(one, `${agent}\n`)
  writeFileSync(other, laptop)
  const config = join(home, '.config', 'countersign')
  const hook = (verb: string, client: string, ...options: readonly string[]) =>
    runCommand(['hook', verb, client, ...options], { HOME: home, XDG_CONFIG_HOME: join(home, '.config'), PWD: home })
  const install = (client: string, ...options: readonly string[]) =>
    hook('install', client, '--agent-credential', one, '--executor-credential', other, ...options)
  const written = () => existsSync(config) || existsSync(join(home, '.claude'))
  return { home, config, hook, install, written }
}

const at = (url: string) => ['--url', url]

describe('hook install', () => {
  it('says for which authority, as whom, and where the credentials are', async () => {
    const { install, config, home } = machine()
    const { code, stdout, stderr } = await install('claude-code', ...at(authority.config.origin))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`asks ${authority.config.origin} before its tools run, as coding-agent at ${LAPTOP}`)
    expect(stdout).toContain(join(config, 'hook-claude-code.json'))
    expect(readFileSync(join(home, '.claude/settings.json'), 'utf8')).toContain(join(config, 'hook-claude-code.json'))
  })

  it.each([
    ['an unknown agent', `cs_agent_${'A'.repeat(43)}`, undefined, /agent\.txt is unknown to .*not installed/],
    ['an unknown executor', undefined, `cs_executor_${'A'.repeat(43)}`, /laptop\.txt is unknown to .*not installed/],
    ['an agent that was not given the machine', stranger, undefined, /elsewhere-agent may do nothing at .*laptop/],
    ['a machine with another catalogue', undefined, forum.credential, /has no file\.read, .*--catalogue/],
  ])('refuses %s, and writes nothing', async (_, agent, laptop, words) => {
    const { install, written } = machine(agent, laptop)
    const { code, stderr } = await install('claude-code', ...at(authority.config.origin))
    expect(code).toBe(1)
    expect(stderr.replaceAll('\n', ' ')).toMatch(words)
    expect(written()).toBe(false)
  })

  it('refuses where nothing answers, and where http would carry the credentials', async () => {
    const { install, written } = machine()
    const away = await install('claude-code', ...at('http://localhost:9'))
    expect({ code: away.code, stderr: away.stderr }).toEqual({
      code: 5,
      stderr: expect.stringMatching(/not installed.*http:\/\/localhost:9/),
    })
    expect(await install('claude-code', ...at('http://approve.example'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Use https'),
    })
    expect(written()).toBe(false)
  })

  it('does not ask where it is told so', async () => {
    const { install, written } = machine()
    const { code, stdout } = await install('claude-code', ...at('https://approve.example'), '--unchecked')
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('which was not checked') })
    expect(written()).toBe(true)
  })

  it('refuses while the agent is stopped', async () => {
    const selector = { agent: 'coding-agent' }
    mustSucceed(await authority.operator.call('engageKillSwitch', { body: { selector, reason: 'Stop' } }))
    const { install } = machine(await addAgent(authority, 'second-agent', { executors: [LAPTOP] }))
    expect(await install('gemini', ...at(authority.config.origin))).toMatchObject({ code: 0 })
    expect(await machine().install('gemini', ...at(authority.config.origin))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('may do nothing at'),
    })
  })
})

describe('hook remove', () => {
  it('deletes the credentials of the hook that it removes, and those alone', async () => {
    const { install, hook, config } = machine()
    const unchecked = [...at('https://approve.example'), '--unchecked']
    for (const more of [[], ['--project']]) await install('gemini', ...unchecked, ...more)
    await install('claude-code', ...unchecked)
    expect(readdirSync(config)).toHaveLength(3)
    const { code, stdout } = await hook('remove', 'gemini')
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/hook-gemini\.json are deleted.*revoke/s),
    })
    expect(readdirSync(config)).toHaveLength(2)
    await hook('remove', 'gemini', '--project')
    expect(readdirSync(config)).toEqual(['hook-claude-code.json'])
    expect((await hook('remove', 'gemini')).stdout).toContain('There is no hook of ours')
  })
})

describe('hook doctor', () => {
  it.each([[], ['codex']])('does not succeed where nothing was examined: %j', async (...client) => {
    const ended = await runCommand(['hook', 'doctor', ...client], { PATH: '/nowhere' })
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('Nothing was examined') })
  })

  it('does not succeed where a client never tried the command', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hook-path-'))
    writeFileSync(join(folder, 'codex'), '#!/bin/sh\nexit 0\n', { mode: 0o755 })
    const ended = await runCommand(['hook', 'doctor', 'codex'], { PATH: `${folder}:${process.env['PATH']}` })
    expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining('was never tried') })
  })
})
