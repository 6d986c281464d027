/** The commands of the README in its own order, in one shell, with a person's passkey in a real browser. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Approver } from '../../src/demo/approver.ts'
import { approverInBrowser } from '../../src/demo/browser-approver.ts'
import { runCommand, startCommand } from '../cli/run-command.ts'
import { freePort } from '../setup/authority.ts'
import { read, root } from './documents.ts'

vi.setConfig({ testTimeout: 240_000 })

const { blocks } = read('README.md')
const sample = (language: string, beginning: string): string =>
  blocks.find((block) => block.language === language && block.text.includes(beginning))?.text ??
  expect.fail(`The README has no ${beginning}`)

/** One bash for all blocks, as the reader's second terminal. */
class Shell {
  readonly #bash: ChildProcess
  #text = ''

  constructor(folder: string) {
    const environment = { PATH: process.env['PATH'], HOME: folder, XDG_CONFIG_HOME: folder, COUNTERSIGN_URL: origin }
    this.#bash = spawn('bash', { cwd: folder, env: environment, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    for (const stream of [this.#bash.stdout, this.#bash.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#text += text))
    // The package is not installed here: npx is the built command.
    this.type(`npx() { shift; ${process.execPath} ${join(root, 'dist/countersign.js')} "$@"; }`)
  }

  type(text: string): void {
    this.#bash.stdin?.write(`${text}\n`)
  }

  /** What was written since `from`, once it matches. */
  async shows(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    await expect.poll(() => this.#text.slice(from), { timeout: 90_000 }).toMatch(pattern)
    return pattern.exec(this.#text.slice(from)) ?? expect.fail()
  }

  get length(): number {
    return this.#text.length
  }

  end(): void {
    // The executor runs in the background of the shell.
    if (this.#bash.pid !== undefined) process.kill(-this.#bash.pid)
  }
}

let folder: string
let port: number
let origin: string
let authority: ReturnType<typeof startCommand>
let person: Approver
let shell: Shell

beforeAll(async () => {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'readme-'))
  port = await freePort()
  origin = `http://localhost:${await freePort()}`
  const settings = { COUNTERSIGN_ORIGIN: origin, COUNTERSIGN_LOG_LEVEL: 'silent', PWD: folder }
  authority = startCommand(['serve'], settings)
  person = await approverInBrowser()
  shell = new Shell(folder)
})
afterAll(async () => {
  shell.end()
  await person.close()
  authority.signal('SIGTERM')
  await authority.ended
})

/** With the addresses of this test in place of those in the README. */
const here = (text: string): string =>
  text.replaceAll('http://localhost:8787', origin).replaceAll('9000', String(port)).trimEnd()

it('leads from an empty folder to an approved call, once', async () => {
  await expect.poll(() => authority.stderr(), { timeout: 90_000 }).toMatch(/\/enrol#/)
  shell.type(here(sample('sh', 'agent add')))
  const [agent] = await shell.shows(/cs_agent_[\w-]{43}/)
  const [executor] = await shell.shows(/cs_executor_[\w-]{43}/)

  const [link = ''] = /http:\S+\/enrol#[\w-]{43}/.exec(authority.stderr()) ?? []
  await person.enrol(link, 0, AbortSignal.timeout(60_000))
  const approvers = () => runCommand(['people', 'list', '--data-dir', join(folder, 'data')])
  await expect.poll(async () => (await approvers()).stdout, { timeout: 90_000 }).toContain('Ada')
  writeFileSync(join(folder, 'forum.mjs'), here(sample('js', 'createVerifier')))

  const asking = shell.length
  const ask = here(sample('sh', 'forum.mjs &')).replace('cs_executor_…', executor).replace('cs_agent_…', agent)
  shell.type(ask)
  const [request] = await shell.shows(/http:\S+\/approve\/[\w-]{22}/, asking)
  await person.consent(request, 0, AbortSignal.timeout(60_000))
  await shell.shows(/Approved\./, asking)
  await vi.waitFor(() => fetch(`http://localhost:${port}`), { timeout: 60_000, interval: 100 })

  const call = here(sample('sh', 'curl'))
  const answerTo = async (command: string, pattern: RegExp) => {
    const from = shell.length
    shell.type(command)
    await shell.shows(pattern, from)
  }
  await answerTo(call.replace('Restart', 'Burn'), /"code": ?"action_mismatch"/)
  await answerTo(call, /"published": ?"Restart the router\."/)
  await answerTo(call, /"code": ?"token_redeemed"/)
  await answerTo(call.replace(/-H "authorization.*TOKEN"/, ''), /"code": ?"token_missing"/)

  // The operator goes on in the same shell.
  await answerTo('npx countersign agent list', /helpdesk-agent/)
  shell.type(`export COUNTERSIGN_CREDENTIAL=${agent}`)
  await answerTo('npx countersign agent list', /Unset COUNTERSIGN_CREDENTIAL to use the credential in data\/operator/)
  await answerTo('unset COUNTERSIGN_CREDENTIAL; npx countersign agent list', /helpdesk-agent/)
})
