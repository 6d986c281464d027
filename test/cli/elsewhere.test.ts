/** What a command sends to an address, and what it lets through from one: a server that is not the authority it belongs to. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatNoteKey } from '@countersign/verifier/proof'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { harmless, jsonText } from '../../src/cli/terminal/output.ts'
import { paintFor, visible } from '../../src/cli/terminal/paint.ts'
import { facts } from '../../src/cli/terminal/table.ts'
import { freePort } from '../setup/authority.ts'
import { runCommand } from './run-command.ts'

vi.setConfig({ testTimeout: 120_000 })

const SECRET = `cs_operator_${'S'.repeat(43)}`
const AUDITOR = `cs_auditor_${'S'.repeat(43)}`
const HOSTILE = 'x\u001b]52;c;cm0gLXJm\u0007\u001b[2J\u001b[31m\u009b31m\u202egnp.exe\r\n✔ Approved'

let server: Server
let url: string
/** The credentials that reached it. */
const heard: (string | undefined)[] = []
let answer: (path: string) => { readonly status: number; readonly body: unknown }

beforeAll(async () => {
  const port = await freePort()
  url = `http://localhost:${port}`
  server = createServer((request, response) => {
    heard.push(request.headers.authorization)
    const { status, body } = answer(request.url ?? '')
    const type = status < 400 ? 'application/json' : 'application/problem+json'
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve))
})
afterAll(() => server.close())
beforeEach(() => {
  heard.length = 0
  answer = (path) => ({ status: 200, body: path === '/approvers' ? { approvers: [] } : { agents: [] } })
})

function dataDirOf(origin: string | null): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'))
  writeFileSync(join(folder, 'operator-credential'), `${SECRET}\n`, { mode: 0o600 })
  if (origin !== null) writeFileSync(join(folder, 'origin'), `${origin}\n`)
  return folder
}

const list = (args: readonly string[], environment = {}) => runCommand(['agent', 'list', ...args], environment)

describe('a credential goes to the authority that it belongs to, and nowhere else', () => {
  const home = 'http://localhost:8787'

  it('from a data directory', async () => {
    const folder = dataDirOf(home)
    for (const ended of [
      await list(['--data-dir', folder], { COUNTERSIGN_URL: url }),
      await list(['--data-dir', folder, '--url', url]),
      await list(['--url', url], { COUNTERSIGN_DATA_DIR: folder }),
      await list(['--data-dir', dataDirOf(null), '--url', url]),
      await list(['--data-dir', dataDirOf(`${url}.evil.example`), '--url', url]),
    ]) {
      expect([ended.code, ended.stdout]).toEqual([2, ''])
      expect(ended.stderr).toContain(url)
      expect(ended.stderr).toContain('COUNTERSIGN_CREDENTIAL')
      expect(ended.stderr).not.toContain(SECRET)
    }
    expect(heard).toEqual([])
    for (const args of [[], ['--url', url], ['--url', `${url}/`]])
      expect((await list(['--data-dir', dataDirOf(url), ...args])).code).toBe(0)
    expect(heard.length).toBeGreaterThanOrEqual(3)
    expect(new Set(heard)).toEqual(new Set([`Bearer ${SECRET}`]))
  })

  it('from the environment', async () => {
    for (const environment of [{}, { COUNTERSIGN_URL: home }]) {
      const ended = await list(['--url', url], { ...environment, COUNTERSIGN_CREDENTIAL: SECRET })
      expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining(`COUNTERSIGN_URL=${url}`)])
    }
    expect(heard).toEqual([])
    expect((await list([], { COUNTERSIGN_URL: url, COUNTERSIGN_CREDENTIAL: SECRET })).code).toBe(0)
    expect(new Set(heard)).toEqual(new Set([`Bearer ${SECRET}`]))
  })

  it('whatever a folder that lies there says about its own authority', async () => {
    await list(['--data-dir', dataDirOf(url)], { COUNTERSIGN_CREDENTIAL: 'cs_agent_of_another_authority' })
    expect(heard).toEqual([])
  })

  it('while auditing: a log elsewhere is read without it', async () => {
    answer = () => ({ status: 401, body: {} })
    const state = mkdtempSync(join(tmpdir(), 'countersign-test-'))
    const verify = (environment: object) =>
      runCommand(['audit', 'verify', url, '--state', state], { COUNTERSIGN_CREDENTIAL: AUDITOR, ...environment })
    const ended = await verify({})
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining(`COUNTERSIGN_URL=${url}`)])
    expect(heard.length).toBeGreaterThan(0)
    expect(new Set(heard)).toEqual(new Set([undefined]))
    heard.length = 0
    await verify({ COUNTERSIGN_URL: url })
    expect(heard).toContain(`Bearer ${AUDITOR}`)
  })
})

describe('what comes from elsewhere', () => {
  const environment = () => ({ COUNTERSIGN_URL: url, COUNTERSIGN_CREDENTIAL: SECRET })
  const OBEYED = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u

  it.each([['--json'], []])('reaches no terminal as more than text %s', async (...json) => {
    const commands: [string[], number, unknown][] = [
      [['agent', 'list'], 403, { code: 'forbidden', title: 'x', status: 403, type: 'x', detail: HOSTILE }],
      [['kill', 'list'], 200, { killswitches: [switchOf()] }],
      [['kill', 'show', 'A'.repeat(22)], 200, { ...switchOf(), confirmations: [], awaited: [HOSTILE] }],
      [['audit', 'verify', url], 200, { log_origin: `localhost/log`, log_vkey: await vkey() }],
      [['token', 'inspect', 'a.b.c'], 200, { issuer: HOSTILE, keys: [{ kid: HOSTILE }] }],
    ]
    for (const [command, status, body] of commands) {
      answer = () => ({ status, body })
      const { stdout, stderr } = await runCommand([...command, ...json.filter(Boolean)], environment())
      expect(stdout + stderr, command.join(' ')).not.toMatch(OBEYED)
      expect(stdout + stderr).not.toMatch(/^✔ Approved/m)
    }
  })

  const switchOf = () => ({
    id: 'A'.repeat(22),
    selector: { agent: HOSTILE },
    reason: HOSTILE,
    engaged_at_ms: 1,
    engaged_by: HOSTILE,
    trace: '0'.repeat(32),
    hits: { tokens: 0, pending: 0, executors: 0 },
    released_at_ms: null,
    confirmations: [],
    awaited: [],
  })
  const vkey = () => formatNoteKey('localhost/log\u001b[2J', 1, new Uint8Array(32))

  it('stays a file where it is the text of a policy', async () => {
    const version = { version: 1, digest: 'd', author: null, request: null, created_at: 1 }
    answer = () => ({ status: 200, body: { ...version, text: `// ${HOSTILE}\n\tpermit;\r\n` } })
    const { stdout } = await runCommand(['policy', 'show', '1'], environment())
    expect(stdout).toMatch(/^\/\/ x\\u\{1b\}.*\n.*\n\tpermit;\n$/)
    expect(stdout.replaceAll('\t', '')).not.toMatch(OBEYED)
  })

  it('is filtered in one place, whichever way it got there', () => {
    const [plain, styled] = [paintFor({}, {}), paintFor({ isTTY: true }, {})]
    expect(harmless(HOSTILE, plain)).not.toMatch(OBEYED)
    const shown = harmless(`${styled.green('✔')} ${HOSTILE}`, styled)
    expect(shown.replace(styled.green('✔'), '').replace('\u001b[31m', '')).not.toMatch(OBEYED)
    expect(facts([[HOSTILE, HOSTILE]], plain)).not.toMatch(/\n/)
    expect(visible(HOSTILE)).not.toMatch(/[\n\r]/)
    const value = { [HOSTILE]: [HOSTILE, '\u{e0041}', 'ä'] }
    expect(jsonText(value, 2)).not.toMatch(OBEYED)
    expect(JSON.parse(jsonText(value, 2))).toEqual(value)
  })
})
