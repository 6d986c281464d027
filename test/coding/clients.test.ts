/**
 * Real coding agents with a scripted model: what they do when a hook fails, and a command that waits for a passkey.
 * They are large and not among the dependencies: COUNTERSIGN_CODING_CLIENTS names the folder with their programs.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  EXAMINED,
  type ExaminedClient,
  examineClient,
  FAULTS,
  prepareHome,
  startClient,
} from '../../src/coding/doctor/examine-client.ts'
import { startScriptedModel } from '../../src/coding/doctor/scripted-model.ts'
import { settingsFile } from '../../src/coding/install/install-hook.ts'
import { WORKSTATION } from '../../src/domain/coding/workstation.ts'
import { startCommand } from '../cli/run-command.ts'
import {
  addAgent,
  addExecutor,
  enrolFirstAdmin,
  mustSucceed,
  type Person,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'

const programs = process.env['COUNTERSIGN_CODING_CLIENTS']
const path = `${programs}:${process.env['PATH']}`
/** Only where they are not there before. */
const SYSTEM = ['codex', 'gemini-cli', 'claude-code', 'countersign'].map((name) => join('/etc', name))
const withMember = (text: string, member: object) => JSON.stringify({ ...JSON.parse(text), ...member })
const LAPTOP = 'https://laptop.example'

describe.skipIf(programs === undefined)('a real client', () => {
  let authority: TestAuthority
  let ada: Person
  let [agent, executor] = ['', '']
  beforeAll(async () => {
    authority = await startAuthority()
    agent = await addAgent(authority, 'coding-agent', { executors: [LAPTOP] })
    executor = (await addExecutor(authority, LAPTOP, WORKSTATION)).credential
    ada = await enrolFirstAdmin(authority)
    await authority.listen()
  })
  afterAll(() => authority?.stop())

  it.each(EXAMINED)('%s runs nothing when the installed hook fails', { timeout: 600_000 }, async (client) => {
    const findings = await examineClient(client, { path, bare: false })
    expect(findings).toEqual(FAULTS.map((fault) => ({ fault, did: 'blocked' })))
  })

  it.each(EXAMINED)('%s runs a command once a person has consented to it', { timeout: 300_000 }, async (client) => {
    const home = mkdtempSync(join(tmpdir(), 'countersign-client-'))
    const marker = join(home, 'it-ran')
    const model = await startScriptedModel(`touch ${marker}`)
    prepareHome(client, home, model.url)
    await install(client, home)
    const asked = nextRequest()
    const ended = startClient(client, home, model.url, path)
    const id = await asked
    expect(existsSync(marker)).toBe(false)
    mustSucceed(await ada.consent(id))
    await ended
    expect(existsSync(marker)).toBe(true)
    await model.close()
    // Codex does not say how a command ended.
    const outcomes = await reportedOf(id)
    expect(outcomes).toEqual(client === 'codex' ? [] : ['succeeded'])
  })

  it.skipIf(SYSTEM.some((folder) => existsSync(folder)) || process.getuid?.() !== 0).each([
    ['codex', '.codex/config.toml', (text: string) => text.replace('hooks = true', 'hooks = false')],
    ['gemini', '.gemini/settings.json', (text: string) => withMember(text, { hooksConfig: { enabled: false } })],
    ['claude-code', '.claude/settings.json', (text: string) => withMember(text, { disableAllHooks: true })],
  ] as const)(
    '%s asks by the managed hook, whatever its user says',
    { timeout: 300_000 },
    async (client, file, off) => {
      const home = mkdtempSync(join(tmpdir(), 'countersign-client-'))
      const marker = join(home, 'it-ran')
      const model = await startScriptedModel(`touch ${marker}`)
      prepareHome(client, home, model.url)
      writeFileSync(join(home, file), off(readFileSync(join(home, file), 'utf8')))
      try {
        await install(client, home, ['--managed'])
        const asked = nextRequest()
        const ended = startClient(client, home, model.url, path)
        mustSucceed(await ada.page.call('deny', { params: { id: await asked }, body: {} }))
        await ended
        expect(existsSync(marker)).toBe(false)
      } finally {
        for (const folder of SYSTEM) rmSync(folder, { recursive: true, force: true })
        await model.close()
      }
    },
  )

  it.each(EXAMINED)('%s runs nothing with a credential that is unknown', { timeout: 300_000 }, async (client) => {
    const unknown = `cs_agent_${'A'.repeat(43)}`
    expect(await ranBy(client, authority.config.origin, ['--unchecked'], unknown)).toBe(false)
  })

  it.each<readonly [string, RequestListener | undefined]>([
    ['refuses', (_, response) => response.writeHead(401).end('{"code":"unauthenticated"}')],
    ['fails', (_, response) => response.writeHead(500).end('{}')],
    ['babbles', (_, response) => response.end('<html>')],
    ['says nothing', () => {}],
    ['is away', undefined],
  ])('claude-code by HTTP runs nothing where the authority %s', { timeout: 300_000 }, async (_, listener) => {
    const server = createServer(listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    if (listener === undefined) server.close()
    const options = ['--unchecked', '--http', '--deadline', '5']
    expect(await ranBy('claude-code', `http://127.0.0.1:${port}`, options)).toBe(false)
    server.closeAllConnections()
    server.close()
  })

  /** Whether the command ran that the model asked for. */
  async function ranBy(client: ExaminedClient, url: string, options: readonly string[], credential = agent) {
    const home = mkdtempSync(join(tmpdir(), 'countersign-client-'))
    const marker = join(home, 'it-ran')
    const model = await startScriptedModel(`touch ${marker}`)
    prepareHome(client, home, model.url)
    await install(client, home, ['--url', url, ...options], credential)
    await startClient(client, home, model.url, path)
    expect(model.calls()).toBeGreaterThan(1)
    await model.close()
    return existsSync(marker)
  }

  async function nextRequest(): Promise<string> {
    const before = await waiting()
    return waitFor(async () => {
      const found = (await waiting()).find((one) => !before.includes(one))
      if (found === undefined) throw new Error('Nobody was asked')
      return found
    })
  }

  async function reportedOf(id: string): Promise<readonly string[]> {
    const entries = await authority.store.entriesAfter({ after: 0, limit: 10_000 })
    const all = entries.map(({ body }) => JSON.parse(body))
    return all
      .filter(({ type, request }) => type === 'outcome.reported' && request === id)
      .map(({ outcome }) => outcome)
  }

  const waiting = async () => mustSucceed(await ada.page.call('inbox')).requests.map(({ id }) => id)

  async function install(client: ExaminedClient, home: string, more: readonly string[] = [], credential = agent) {
    const [one, other] = [join(home, 'agent.txt'), join(home, 'executor.txt')]
    writeFileSync(one, credential)
    writeFileSync(other, executor)
    const given = ['--agent-credential', one, '--executor-credential', other]
    const command = ['hook', 'install', client, ...given, '--url', authority.config.origin, ...more]
    const { code, stderr } = await startCommand(command, { HOME: home, XDG_CONFIG_HOME: join(home, '.config') }).ended
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const where = more.includes('--managed') ? 'managed' : 'user'
    expect(existsSync(settingsFile(client, where, { home, folder: home }))).toBe(true)
  }
})
