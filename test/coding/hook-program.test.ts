/**
 * The hook as it is installed, for each client: whatever the authority answers, or does not, nothing but a clear yes lets
 * the call run, and a no is in the form in which the client blocks.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { hookCommand } from '../../src/coding/install/install-hook.ts'
import { CLIENTS, type CodingClient } from '../../src/domain/coding/coding-call.ts'
import { WORKSTATION } from '../../src/domain/coding/workstation.ts'
import { mustSucceed } from '../setup/authority.ts'
import { startParties } from '../setup/parties.ts'

const program = fileURLToPath(new URL('../../dist/hook.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hook-program-'))
const LAPTOP = 'https://laptop.example'

interface Settings {
  readonly url: string
  readonly agent: string
  readonly executor: string
  readonly deadlineSeconds: number
}

let files = 0
function settingsFile(settings: object): string {
  const file = join(folder, `${++files}.json`)
  writeFileSync(file, JSON.stringify(settings))
  return file
}

/** Runs the line that the settings of a client hold, as a shell runs it. */
async function runHook(client: CodingClient, file: string, input: string) {
  const { command } = hookCommand(client, program, file, { url: 'https://unused.example', deadlineSeconds: 55 }, false)
  const child = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (part) => (stdout += part))
  child.stderr.on('data', (part) => (stderr += part))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const code = await new Promise((resolve) => child.once('close', resolve))
  return { code, stdout, stderr }
}

const INPUTS: Readonly<Record<CodingClient, object>> = {
  'claude-code': { session_id: 's', cwd: '/x', hook_event_name: 'PreToolUse', tool_name: 'Bash' },
  gemini: { session_id: 's', cwd: '/x', hook_event_name: 'BeforeTool', tool_name: 'run_shell_command' },
  codex: { session_id: 's', cwd: '/x', hook_event_name: 'PreToolUse', tool_name: 'Bash' },
  cursor: { conversation_id: 's', cwd: '/x', hook_event_name: 'beforeShellExecution', command: 'git status' },
  copilot: { sessionId: 's', cwd: '/x', toolName: 'bash', toolArgs: '{"command":"git status"}' },
}
/** Cursor’s event of a shell has the command beside it, the others have the input of a tool. */
const withInput = (client: CodingClient, input: object) => (client === 'cursor' ? {} : { tool_input: input })
const inputOf = (client: CodingClient) =>
  JSON.stringify({ ...withInput(client, { command: 'git status' }), ...INPUTS[client] })

/** Copilot takes a status for a fault of the hook, the others take 2 and words for a no. */
const blocked = (client: CodingClient, words = '.') =>
  client === 'copilot'
    ? { code: 0, stdout: expect.stringMatching(new RegExp(`^{"permissionDecision":"deny".*${words}`)) }
    : { code: 2, stdout: '', stderr: expect.stringMatching(new RegExp(words)) }

type Respond = (response: ServerResponse) => void

const answer =
  (status: number, headers: Readonly<Record<string, string>>, body: string): Respond =>
  (response) =>
    response.writeHead(status, headers).end(body)
const verdict = (kind: string, more: Readonly<Record<string, string>> = {}) => ({
  'countersign-verdict': kind,
  ...more,
})

const ODD: readonly (readonly [string, Respond])[] = [
  ['nothing but a status', answer(200, {}, '')],
  ['no verdict', answer(200, {}, '{}')],
  ['an unknown verdict', answer(200, verdict('maybe'), '{}')],
  ['an ending in place of a yes', answer(200, verdict('noted'), '{}')],
  ['a yes with status 201', answer(201, verdict('allowed'), '{}')],
  ['a yes without a body', answer(200, verdict('allowed'), '')],
  ['a yes that is no JSON', answer(200, verdict('approved'), '<html>')],
  ['a yes that is half JSON', answer(200, verdict('approved'), '{"hookSpecificOutput": {')],
  ['a yes that is a list', answer(200, verdict('allowed'), '[{}]')],
  ['two verdicts', answer(200, verdict('allowed, refused'), '{}')],
  ['a no without a reason', answer(200, verdict('refused'), '{}')],
  ['a no whose reason is ill encoded', answer(200, verdict('refused', { 'countersign-reason': '%E0%A4%A' }), '{}')],
  [
    'a no whose body says yes',
    answer(
      200,
      verdict('refused', { 'countersign-reason': 'No' }),
      '{"permissionDecision":"allow","decision":"allow","permission":"allow"}',
    ),
  ],
  [
    '401',
    answer(401, { 'content-type': 'application/problem+json' }, '{"code":"unauthenticated","detail":"Unknown."}'),
  ],
  ['404', answer(404, {}, 'Not found')],
  ['500 with a yes', answer(500, verdict('allowed'), '{}')],
  ['a redirect to a yes', answer(307, { location: '/yes' }, '')],
  ['a body without an end', (response) => endless(response.writeHead(200, verdict('allowed')))],
  ['a broken connection', (response) => void response.destroy()],
  [
    'half an answer',
    (response) =>
      void response
        .writeHead(200, { ...verdict('allowed'), 'content-length': '50' })
        .write('{}', () => response.destroy()),
  ],
]

function endless(response: ServerResponse): void {
  const part = '{'.repeat(16_384)
  const more = () => {
    while (!response.destroyed && response.write(part));
  }
  response.on('drain', more)
  more()
}

let respond: Respond = answer(200, verdict('allowed'), '{}')
const scripted = createServer((request, response) => {
  if (request.url === '/yes') return answer(200, verdict('allowed'), '{}')(response)
  return respond(response)
})
await new Promise<void>((resolve) => scripted.listen(0, '127.0.0.1', resolve))
afterAll(() => {
  scripted.closeAllConnections()
  scripted.close()
})
const { port } = scripted.address() as AddressInfo
const SCRIPTED: Settings = {
  url: `http://127.0.0.1:${port}`,
  agent: 'cs_agent_a',
  executor: 'cs_executor_a',
  deadlineSeconds: 55,
}

describe.each(CLIENTS)('the hook of %s', (client) => {
  const run = (file: string, input = inputOf(client)) => runHook(client, file, input)

  it('repeats a clear yes', async () => {
    respond = answer(200, verdict('approved'), '{"yes":true}')
    expect(await run(settingsFile(SCRIPTED))).toEqual({ code: 0, stdout: '{"yes":true}\n', stderr: '' })
  })

  it.each(ODD)('blocks after %s', async (_, odd) => {
    respond = odd
    expect(await run(settingsFile(SCRIPTED))).toMatchObject(blocked(client))
  })

  it('blocks when the authority is away, silent, or its settings are not there', async () => {
    expect(await run(settingsFile({ ...SCRIPTED, url: 'http://127.0.0.1:9' }))).toMatchObject(
      blocked(client, 'cannot be reached'),
    )
    respond = () => {}
    expect(await run(settingsFile({ ...SCRIPTED, deadlineSeconds: 1 }))).toMatchObject(
      blocked(client, 'no answer within 1 seconds'),
    )
    expect(await run('/nowhere/hook.json')).toMatchObject(blocked(client, 'did not run'))
    expect(await run(settingsFile({ url: 'http://127.0.0.1:9' }))).toMatchObject(blocked(client, 'no file of settings'))
  })

  it('blocks a call that is too large to be read', async () => {
    expect(await run(settingsFile(SCRIPTED), 'x'.repeat(2 * 1024 * 1024))).toMatchObject(blocked(client, 'larger than'))
  })
})

describe('with a real authority', async () => {
  const { authority, credential, executor } = await startParties({
    agent: 'coding-agent',
    audience: LAPTOP,
    catalogue: WORKSTATION,
  })
  await authority.listen()
  const file = (more: Partial<Settings> = {}) =>
    settingsFile({
      url: authority.config.origin,
      agent: credential,
      executor: executor.credential,
      deadlineSeconds: 30,
      ...more,
    })

  it.each(CLIENTS)('%s runs what policy allows, and nothing with credentials that are not known', async (client) => {
    expect(await runHook(client, file(), inputOf(client))).toMatchObject({ code: 0, stderr: '' })
    const wrong = [
      { agent: `cs_agent_${'A'.repeat(43)}` },
      { executor: `cs_executor_${'A'.repeat(43)}` },
      { agent: executor.credential, executor: credential },
      { agent: 'none' },
    ]
    for (const one of wrong)
      expect(await runHook(client, file(one), inputOf(client))).toMatchObject(blocked(client, 'refused the hook'))
    for (const input of ['', 'null', '[]', '{}', '{"tool_name":5}', '{"tool_name":"Bash","tool_name":"Read"}'])
      expect(await runHook(client, file(), input)).toMatchObject(blocked(client))
  })

  it.each(CLIENTS)('%s is told nothing that a terminal would obey', async (client) => {
    const hostile = { command: 'npm x \u001b[2J\u202e\nmore' }
    const asked = { ...INPUTS[client], ...hostile, ...withInput(client, hostile), toolArgs: JSON.stringify(hostile) }
    const { stdout, stderr } = await runHook(client, file({ deadlineSeconds: 6 }), JSON.stringify(asked))
    expect(stdout + stderr).toMatch(/\/approve\//)
    expect((stdout + stderr).trimEnd().replace('\nCountersign did', ' Countersign did')).not.toMatch(
      /[\p{Cc}\p{Cf}]|\\u001b|\\n/u,
    )
  })

  it.each(CLIENTS)('%s is told of a kill switch', async (client) => {
    const order = { selector: { agent: 'coding-agent' }, reason: 'Stop' }
    mustSucceed(await authority.operator.call('engageKillSwitch', { body: order }))
    expect(await runHook(client, file(), inputOf(client))).toMatchObject(blocked(client, '[Kk]ill switch'))
  })

  it.each(CLIENTS)('%s is blocked once the agent is revoked', async (client) => {
    await authority.operator.call('revokeAgent', { params: { id: 'coding-agent' } })
    expect(await runHook(client, file(), inputOf(client))).toMatchObject(blocked(client, 'refused the hook'))
  })
})
