/** The demo as people run it: the built command, real Chromium, real pages. */
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { actionDigest, base64urlDecode, type ApprovalClaims as Claims, newSalt, parseJson } from '@countersign/verifier'
import { describe, expect, inject, it, vi } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import type { Playground, Scene } from '../../src/demo/playground.ts'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import { runCommand, startCommand } from '../cli/run-command.ts'
import { mustSucceed } from '../setup/authority.ts'
import { softwareApprover } from './software-approver.ts'

// Every case starts processes of its own.
vi.setConfig({ testTimeout: 240_000 })

const environment = () => ({ CHROMIUM_PATH: inject('chromium') ?? undefined })

describe('demo', () => {
  it('shows a person the links, and goes on when they have answered', async () => {
    const demo = startCommand(['demo'])
    const shown = async (pattern: RegExp, nth = 0) => {
      const links = () => [...new Set(demo.stderr().match(pattern))]
      await expect.poll(() => links()[nth]).toBeDefined()
      return links()[nth] ?? ''
    }
    const { signal } = new AbortController()
    const enrolment = await shown(/http:\S+\/enrol#[\w-]{43}/g)
    const person = await softwareApprover(new URL(enrolment).origin)
    await person.enrol(enrolment, 0, signal)
    await person.consent(await shown(/http:\S+\/approve\/[\w-]{22}/g), 0, signal)
    await person.consent(await shown(/http:\S+\/approve\/[\w-]{22}/g, 1), 0, signal)
    await person.consent(await shown(/http:\S+\/approve\/[\w-]{22}/g, 2), 0, signal)
    await person.stop(await shown(/http:\S+\/kill$/gm), 0, signal)
    await shown(/Release the switch/g)
    await person.release('', 0, signal)
    for (const times of [1, 2]) {
      await expect.poll(() => demo.stderr().split('Open your inbox').length - 1).toBe(times)
      await person.answerInbox('', 0, signal)
    }
    const { code, stdout } = await demo.ended
    expect(code).toBe(0)
    expect(stdout).toContain('One approved reply, and not one more.')
    expect(stdout).toContain('Stopped half-way, to the mail.')
    expect(stdout).toContain('Nobody’s work was lost.')
    expect(stdout).not.toContain('\u001B')
  })
})

describe('demo --auto', () => {
  it('plays all stories, and stays as a playground until it is interrupted', async () => {
    const folder = join(newFolder(), 'playground')
    const demo = startCommand(['demo', '--auto', '--json', '--keep', folder], environment())
    const file = join(folder, 'demo.json')
    await expect.poll(() => existsSync(file) || demo.exitCode(), { interval: 200, timeout: 200_000 }).toBe(true)

    const playground = JSON.parse(readFileSync(file, 'utf8'))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const thread = await fetch(`${playground.executor}/boards/eng/threads/42`)
    expect((await thread.json()).posts).toMatchObject([{ author: 'helpdesk', text: playground.action.arguments.text }])
    expect(await replay(playground)).toMatchObject({ status: 409, code: 'token_redeemed' })
    await expectUsable(playground)
    await expectStopped(playground.mailbox)
    expect(readFileSync(playground.files.action.arguments.path, 'utf8')).toContain('Saturday: 10 to 14')

    demo.signal('SIGINT')
    const { code, stdout } = await demo.ended
    expect(code).toBe(0)
    const steps = stepsOf(stdout)
    expect(steps).toHaveLength(36)
    expect(steps.filter(({ ok }) => !ok)).toEqual([])
    await expect(fetch(playground.executor)).rejects.toThrow()
  })

  it('tells one story alone, and fails where the mailbox does not feel that it is stopped', async () => {
    const deaf = { ...environment(), NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(DEAFENING)}` }
    const { code, stdout } = await runCommand(['demo', '--auto', '--json', '--story', 'mailbox'], deaf)
    const steps = stepsOf(stdout)
    expect(steps.filter(({ ok }) => !ok).map(({ id }) => id)).toEqual(['stop', 'exact-outcome', 'rest'])
    expect(code).toBe(1)
  })

  it('fails where the person cannot reach the pages', async () => {
    const { code, stdout, stderr } = await runCommand(['demo', '--auto', '--json'], { CHROMIUM_PATH: blindBrowser() })
    expect(code).toBe(1)
    expect(JSON.parse(stdout).error.code).toBe('unexpected')
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it('fails where the browser does not start', async () => {
    const { code, stderr } = await runCommand(['demo', '--auto'], { CHROMIUM_PATH: '/bin/true' })
    expect([code, stderr]).toEqual([1, '✘ Chromium at /bin/true does not start.\n'])
  })

  it('says what to do where there is no browser', async () => {
    const { code, stderr } = await runCommand(['demo', '--auto'], { CHROMIUM_PATH: '/nowhere/chromium' })
    expect(code).toBe(2)
    expect(stderr).toContain('CHROMIUM_PATH')
  })
})

const stepsOf = (stdout: string): { id: string; ok: boolean }[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

/** Signals that a kill switch fires are lost. */
const DEAFENING = `
  const { abort } = AbortController.prototype
  AbortController.prototype.abort = function (reason) {
    if (reason?.code !== 'killed') abort.call(this, reason)
  }`

/** The mailbox stays as the story left it. */
async function expectStopped({ executor, action, token, trace }: Scene): Promise<void> {
  const { mails, deletions } = await (await fetch(`${executor}/mailboxes/team`)).json()
  expect(deletions.length).toBeGreaterThanOrEqual(80)
  expect(mails.length + deletions.length).toBe(200)
  const headers = { Authorization: `Bearer ${token}` }
  const again = await fetch(`${executor}/mailboxes/team/mails?through=200`, { method: 'DELETE', headers })
  expect([again.status, (await again.json()).code]).toEqual([409, 'token_redeemed'])
  expect(action).toMatchObject({ name: 'mail.delete_all', arguments: { mailbox: 'team', through: 200 } })
  expect(trace).toMatch(/^[0-9a-f]{32}$/)
}

/** Every member of demo.json is what it says: an auditor can start from this file alone. */
async function expectUsable(playground: Playground & Required<Scene>): Promise<void> {
  const { authority, audience, token, action, trace } = playground
  const claims = parseJson(new TextDecoder().decode(base64urlDecode(token.split('.')[1] ?? ''))) as unknown as Claims
  const [{ salt, digest }] = claims.authorization_details
  expect(await actionDigest({ ...action, salt }, audience)).toBe(digest)
  expect(claims.aud).toBe(audience)
  expect(trace).toBe(traceOf(claims.approval.request))

  const as = (credential: string) => createClient({ origin: authority, credential })
  const story = mustSucceed(await as(playground.auditor_credential).call('trace', { params: { trace } }))
  expect(story.entries.map(({ type }) => type)).toContain('token.redeemed')
  mustSucceed(await as(playground.auditor_credential).call('listEntries', { query: { limit: '1' } }))
  mustSucceed(await as(playground.operator_credential).call('listAgents'))
  const { id } = mustSucceed(
    await as(playground.agent_credential).propose({ body: { audience, action: { ...action, salt: newSalt() } } }),
  )
  mustSucceed(await as(playground.agent_credential).call('withdrawRequest', { params: { id } }))
  const spent = await as(playground.executor_credential).call('redeem', { body: { token } })
  expect(spent).toMatchObject({ ok: false, problem: { code: 'token_redeemed' } })
  await expectProven(playground, claims.log.leaf)
}

async function expectProven({ authority, auditor_credential, log_vkey }: Playground, leaf: string): Promise<void> {
  const headers = { Authorization: `Bearer ${auditor_credential}` }
  const file = join(newFolder(), 'token.tlog-proof')
  writeFileSync(file, await (await fetch(`${authority}/ledger/proofs/${leaf}`, { headers })).text())
  const proven = await runCommand(['--json', 'proof', 'verify', file, '--vkey', log_vkey])
  expect(JSON.parse(JSON.parse(proven.stdout).entry)).toMatchObject({ type: 'token.issued' })
  const audited = await runCommand(
    ['--json', 'audit', 'verify', authority, '--vkey', log_vkey, '--state', newFolder()],
    {
      COUNTERSIGN_URL: authority,
      COUNTERSIGN_CREDENTIAL: auditor_credential,
    },
  )
  expect(audited.code, audited.stdout + audited.stderr).toBe(0)
  expect(JSON.parse(audited.stdout)).toMatchObject({ rebuilt: true, total: 0 })
}

const newFolder = () => mkdtempSync(join(tmpdir(), 'countersign-test-'))

/** The real browser, which finds no server. */
function blindBrowser(): string {
  const script = join(newFolder(), 'chromium')
  const nowhere = '--proxy-server=127.0.0.1:9 "--proxy-bypass-list=<-loopback>"'
  writeFileSync(script, `#!/bin/sh\nexec "${inject('chromium')}" ${nowhere} "$@"\n`, { mode: 0o755 })
  return script
}

async function replay({ executor, token, action }: { executor: string; token: string; action: { arguments: object } }) {
  const response = await fetch(`${executor}/boards/eng/threads/42/posts`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ text: 'text' in action.arguments ? action.arguments.text : '' }),
  })
  return { status: response.status, code: (await response.json()).code }
}
