/** What hooks of coding agents are answered: policy allows, people consent, and everything else blocks. */
import { describe, expect, it } from 'vitest'
import { WORKSTATION } from '../../src/domain/coding/workstation.ts'
import { challengeOf, consentToAll, wire } from '../http/passkey-json.ts'
import { mustSucceed } from '../setup/authority.ts'
import { startParties } from '../setup/parties.ts'
import { waitFor } from '../setup/wait-for.ts'

const LAPTOP = 'https://laptop.example'

const parties = { agent: 'coding-agent', audience: LAPTOP, catalogue: WORKSTATION }
const { authority, credential: agent, executor: machine, admin: ada } = await startParties(parties)
const executor = machine.credential

interface Asked {
  readonly client?: string
  readonly wait?: number
  readonly executor?: string
  readonly body: object
}

async function ask({ client = 'claude-code', wait = 0, body, ...by }: Asked) {
  const answer = await authority.fetch(`${authority.config.origin}/hooks/${client}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${agent}`,
      'executor-authorization': `Bearer ${by.executor ?? executor}`,
      'content-type': 'application/json',
      ...(wait > 0 && { prefer: `wait=${wait}` }),
    },
    body: JSON.stringify(body),
  })
  const reason = decodeURIComponent(answer.headers.get('countersign-reason') ?? '')
  return {
    status: answer.status,
    verdict: answer.headers.get('countersign-verdict'),
    reason,
    json: await answer.json(),
  }
}

const claude = (tool: string, input: object, session = 's1') => ({
  session_id: session,
  cwd: '/home/ada/shop',
  hook_event_name: 'PreToolUse',
  tool_name: tool,
  tool_input: input,
})
const bash = (command: string, session?: string) => claude('Bash', { command }, session)

const pending = async () => {
  const { requests } = mustSucceed(await ada.page.call('inbox'))
  return requests
}

describe('a hook', () => {
  it('lets pass what policy allows, and leaves it to the client’s own rules', async () => {
    expect(await ask({ body: bash('git status') })).toMatchObject({ status: 200, verdict: 'allowed', json: {} })
    expect(await ask({ body: claude('Read', { file_path: 'a.ts' }) })).toMatchObject({ verdict: 'allowed' })
  })

  it('blocks what policy denies, with the reason in the client’s own form', async () => {
    const { verdict, reason, json } = await ask({ body: bash('rm -rf /') })
    expect({ verdict, reason }).toEqual({
      verdict: 'refused',
      reason: expect.stringContaining('would destroy a whole system'),
    })
    expect(json).toEqual({
      hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason: reason },
    })
  })

  it('asks a person once, however often the agent repeats the call, and lets it run once', async () => {
    const first = await ask({ body: bash('npm install left-pad') })
    expect(first).toMatchObject({ verdict: 'refused', reason: expect.stringContaining('/approve/') })
    expect((await ask({ body: bash('npm install left-pad') })).reason).toBe(first.reason)
    expect(await pending()).toHaveLength(1)
    const id = /\/approve\/([\w-]{22})/.exec(first.reason)?.[1] ?? ''
    mustSucceed(await ada.consent(id))
    expect(await ask({ body: bash('npm install left-pad') })).toMatchObject({
      verdict: 'approved',
      json: { hookSpecificOutput: { permissionDecision: 'allow' } },
    })
    const again = await ask({ body: bash('npm install left-pad') })
    expect(again.verdict).toBe('refused')
    expect(again.reason).not.toBe(first.reason)
    expect((await ask({ body: bash('npm install right-pad') })).verdict).toBe('refused')
  })

  it('holds its answer until the person consents, and is heard at once', async () => {
    const before = (await pending()).map(({ id }) => id)
    const edit = { file_path: 'src/a.ts', old_string: 'a', new_string: 'b' }
    const held = ask({ body: claude('Edit', edit, 's2'), wait: 50 })
    const opened = await waitFor(async () => {
      const found = (await pending()).find(({ id }) => !before.includes(id))
      if (!found) throw new Error('Nobody was asked')
      return found.id
    })
    mustSucceed(await ada.consent(opened))
    expect((await held).verdict).toBe('approved')
  })

  it('cuts what it says between two signs', async () => {
    const { verdict, reason } = await ask({ body: bash(`${'npm i '.padEnd(199, 'a')}😀`, 's7') })
    expect([verdict, reason]).toEqual(['refused', expect.stringMatching(/a😀\. A person can do so at .*\/approve\//)])
  })

  it('tells a denial with the person’s words', async () => {
    const { reason } = await ask({ body: bash('npm publish', 's3') })
    const id = /\/approve\/([\w-]{22})/.exec(reason)?.[1] ?? ''
    mustSucceed(await ada.page.call('deny', { params: { id }, body: { reason: 'Not on a Friday' } }))
    expect((await ask({ body: bash('npm publish', 's3') })).reason).toContain('"Not on a Friday"')
    expect(await pending()).not.toContainEqual(expect.objectContaining({ id }))
  })

  it('counts a command that destroys as destructive for people: read alone, and its target typed', async () => {
    const idOf = async (command: string) =>
      /\/approve\/([\w-]{22})/.exec((await ask({ body: bash(command, 's6') })).reason)?.[1] ?? ''
    const [harmless, other] = [await idOf('touch x.txt'), await idOf('touch y.txt')]
    for (const command of ['git push --force origin dev', 'psql -c "DELETE FROM users"', 'rm -r src', 'eval "$X"']) {
      const id = await idOf(command)
      const { requests } = mustSucceed(
        await authority.operator.call('listRequests', { query: { danger: 'destructive' } }),
      )
      expect(requests).toContainEqual(expect.objectContaining({ id, effect: 'destructive' }))
      const refused = { problem: { code: 'forbidden', detail: expect.stringContaining('by itself') } }
      expect(await ada.page.call('offerBatch', { body: { requests: [id, harmless] } })).toMatchObject(refused)
      const offer = mustSucceed(await ada.page.call('offerConsent', { params: { id } }))
      expect(offer.target).toBe('/home/ada/shop')
      const assertion = wire(await ada.authenticator.assert({ challenge: challengeOf(offer.options) }))
      const untyped = await ada.page.call('consent', { params: { id }, body: { assertion } })
      expect(untyped).toMatchObject({ problem: { code: 'consent_invalid' } })
      mustSucceed(await ada.page.call('deny', { params: { id }, body: {} }))
    }
    expect(mustSucceed(await consentToAll(ada, [harmless, other])).answers).toHaveLength(2)
  })

  it('after a call reports how it ended, once for each run that people consented to', async () => {
    const command = 'npm install once'
    const ended = (event: string, more: object = {}) => ({ ...bash(command, 's5'), hook_event_name: event, ...more })
    const outcomes = async () => {
      const entries = await authority.store.entriesAfter({ after: 0, limit: 10_000 })
      const all = entries.map(({ body }) => JSON.parse(body))
      return all.filter(({ type }) => type === 'outcome.reported').map(({ request, outcome }) => [request, outcome])
    }
    const run = async () => {
      const { reason } = await ask({ body: bash(command, 's5') })
      const id = /\/approve\/([\w-]{22})/.exec(reason)?.[1] ?? ''
      mustSucceed(await ada.consent(id))
      expect((await ask({ body: bash(command, 's5') })).verdict).toBe('approved')
      return id
    }
    const noted = { status: 200, verdict: 'noted', json: {} }
    const before = await outcomes()
    const reported = async () => (await outcomes()).slice(before.length)
    expect(await ask({ body: ended('PostToolUse') })).toMatchObject(noted)
    expect(await reported()).toEqual([])
    const first = await run()
    expect(await ask({ body: ended('PostToolUse', { tool_response: { backgroundTaskId: 'b' } }) })).toMatchObject(noted)
    expect(await reported()).toEqual([])
    expect(await ask({ body: ended('PostToolUse', { tool_response: {} }) })).toMatchObject(noted)
    expect(await ask({ body: ended('PostToolUse', { tool_response: {} }) })).toMatchObject(noted)
    expect(await reported()).toEqual([[first, 'succeeded']])
    const second = await run()
    await ask({ body: ended('PostToolUseFailure', { tool_input: { command: 'npm install other' } }) })
    expect(await reported()).toHaveLength(1)
    await ask({ body: ended('PostToolUseFailure') })
    expect(await reported()).toEqual([
      [first, 'succeeded'],
      [second, 'failed'],
    ])
  })

  it.each([
    [
      'gemini',
      {
        session_id: 'g',
        cwd: '/x',
        hook_event_name: 'BeforeTool',
        tool_name: 'run_shell_command',
        tool_input: { command: 'rm -rf /' },
      },
      { decision: 'deny' },
    ],
    [
      'codex',
      { session_id: 'c', cwd: '/x', tool_name: 'Bash', tool_input: { command: 'rm -rf /' } },
      { hookSpecificOutput: { permissionDecision: 'deny' } },
    ],
    [
      'cursor',
      { conversation_id: 'u', hook_event_name: 'beforeShellExecution', command: 'rm -rf /', cwd: '/x' },
      { permission: 'deny' },
    ],
    [
      'copilot',
      { sessionId: 'p', cwd: '/x', toolName: 'bash', toolArgs: '{"command":"rm -rf /"}' },
      { permissionDecision: 'deny' },
    ],
  ])('of %s is answered in its own form', async (client, body, answer) => {
    expect(await ask({ client, body })).toMatchObject({ verdict: 'refused', json: answer })
  })

  it('refuses what is no question', async () => {
    expect(await ask({ body: { tool_input: {} } })).toMatchObject({ status: 400, json: { code: 'invalid_request' } })
    expect(await ask({ client: 'emacs', body: bash('ls') })).toMatchObject({ status: 404 })
    expect(await ask({ executor: agent, body: bash('ls') })).toMatchObject({ status: 401 })
  })

  it('blocks while anything is stopped', async () => {
    const order = { selector: {}, reason: 'Stop all' }
    mustSucceed(await authority.operator.call('engageKillSwitch', { body: order }))
    expect((await ask({ body: bash('git status') })).verdict).toBe('refused')
    expect((await ask({ body: { ...bash('git status'), hook_event_name: 'PostToolUse' } })).verdict).toBe('noted')
  })
})
