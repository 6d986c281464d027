/** The command against a real authority: changes that an admin consents to, lists, revocations, requests, tokens. */
import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApprovalClaims } from '@countersign/verifier'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { publishedKey } from '../http/published-key.ts'
import {
  addAgent,
  addExecutor,
  enrolFirstAdmin,
  FORUM,
  OPERATOR,
  type Person,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { jwsIn } from '../setup/jws-in.ts'
import { type Ended, type Running, runCommand, startCommand } from './run-command.ts'

// Every case starts processes of its own.
vi.setConfig({ testTimeout: 120_000 })

let authority: TestAuthority
let admin: Person
let agentCredential: string

beforeAll(async () => {
  authority = await startAuthority()
  await authority.listen()
  agentCredential = await addAgent(authority, 'helpdesk-agent', { principals: ['helpdesk'] })
  await addExecutor(authority)
})
afterAll(() => authority.stop())

const as = (credential: string) => ({
  COUNTERSIGN_URL: authority.config.origin,
  COUNTERSIGN_CREDENTIAL: credential,
  NO_COLOR: '1',
})
const operate = (...args: string[]) => runCommand(args, as(OPERATOR))

/** The id of the request that the command waits for, from the link it shows. */
async function requestShown(running: Running): Promise<string> {
  const link = () => /\/approve\/([\w-]{22})/.exec(running.stderr())?.[1]
  await expect.poll(link).toBeDefined()
  return link() ?? ''
}

async function withConsent(args: string[], credential = OPERATOR): Promise<Ended> {
  const running = startCommand(args, as(credential))
  const answer = await admin.consent(await requestShown(running))
  expect(answer).toMatchObject({ ok: true })
  return running.ended
}

describe('before there is an admin', () => {
  it('the operator adds an agent alone, and sees its credential once', async () => {
    const { code, stdout, stderr } = await operate('agent', 'add', 'early-agent', '--json')
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'countersign.agent.add',
      credential: expect.stringMatching(/^cs_agent_[\w-]{43}$/),
    })
  })

  it.each([
    ['the first of an auditor', 'auditor', 'me'],
    ['a further one of an agent', 'agent', 'helpdesk-agent'],
  ])('says of a credential what is true of any: %s', async (_, kind, subject) => {
    const { stdout } = await operate('credential', 'add', kind, subject)
    expect(stdout).toContain(`✔ The ${kind} ${subject} has a new credential.`)
    expect(stdout).toContain(
      `Other credentials of the ${kind} stay valid: if this one replaces another, revoke that one.`,
    )
    expect(stdout).not.toMatch(/further/)
  })
})

describe('once there is an admin', () => {
  beforeAll(async () => {
    admin = await enrolFirstAdmin(authority)
  })

  it('a change waits for consent, and then shows what it made', async () => {
    const { code, stdout, stderr } = await withConsent(['agent', 'add', 'late-agent', '--principal', 'helpdesk'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/✔ The agent late-agent is registered\.\n\n {2}cs_agent_[\w-]{43}\n\n {2}Shown once/)
    expect(stderr).toContain(`${authority.config.origin}/approve/`)
    expect(stderr).toContain('Waiting for consent, until')
    expect(stderr).not.toContain('cs_agent_')
  })

  it('with --json stdout is one document', async () => {
    const catalogue = join(mkdtempSync(join(tmpdir(), 'countersign-test-')), 'catalogue.json')
    const refund = {
      name: 'shop.refund',
      effect: 'destructive',
      reversible: false,
      state: 'required',
      target: 'order',
      arguments: [
        { name: 'amount', label: 'Amount', key: true },
        { name: 'card', sensitive: true },
      ],
    }
    writeFileSync(catalogue, JSON.stringify([refund]))
    const add = ['executor', 'add', 'https://shop.example', '--catalogue', catalogue, '--action', 'shop.look:read']
    const { code, stdout, stderr } = await withConsent([...add, '--action', 'shop.sell:write', '--json'])
    expect(code).toBe(0)
    expect(stderr).toContain('Registered as read, so nobody is asked before it runs: shop.look\n')
    expect(JSON.parse(stdout)).toMatchObject({ credential: expect.stringMatching(/^cs_executor_/) })
    const listed = JSON.parse((await operate('executor', 'list', '--json')).stdout)
    const shop = listed.executors.find(({ audience }: { audience: string }) => audience === 'https://shop.example')
    const { stdout: shown } = await operate('executor', 'list')
    expect(shown.replace(/\s+/g, ' ')).toContain('only while unchanged')
    expect(shown).toMatch(/Countersign .*\d+: \d+ write, 1 destructive/)
    expect(shop.catalogue).toEqual([
      refund,
      { name: 'shop.look', effect: 'read' },
      { name: 'shop.sell', effect: 'write' },
    ])
  })

  it('edits an executor from what it is now, and refuses an edit of what was changed meanwhile', async () => {
    const edit = (...more: string[]) => ['executor', 'edit', 'https://shop.example', ...more]
    const shop = async () => {
      const { executors } = JSON.parse((await operate('executor', 'list', '--json')).stdout)
      return executors.find(({ audience }: { audience: string }) => audience === 'https://shop.example')
    }
    const before = await shop()
    const edited = await withConsent(
      edit('--title', 'The shop', '--action', 'shop.sell:write', '--remove-action', 'shop.look'),
    )
    expect([edited.code, edited.stdout]).toEqual([0, '✔ The executor https://shop.example is changed.\n'])
    const after = await shop()
    expect(after).toMatchObject({ title: 'The shop', version: before.version + 1 })
    expect(after.catalogue).toEqual([before.catalogue[0], { name: 'shop.sell', effect: 'write' }])

    const late = startCommand(edit('--title', 'The late shop'), as(OPERATOR))
    const id = await requestShown(late)
    await withConsent(edit('--action', 'shop.sell:destructive:irreversible'))
    expect(await admin.consent(id)).toMatchObject({ ok: true })
    expect(await late.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('changed meanwhile') })
    expect((await shop()).catalogue[1]).toEqual({ name: 'shop.sell', effect: 'destructive', reversible: false })

    for (const [words, ...more] of [
      ['Say what to change'],
      ['There is no action shop.burn', '--remove-action', 'shop.burn'],
    ])
      expect(await operate(...edit(...more))).toMatchObject({ code: 2, stderr: expect.stringContaining(words ?? '') })
    const nobody = await operate('executor', 'edit', 'https://nobody.example', '--title', 'x')
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('There is no executor')])
  })

  it('reviews what was used, and what nobody did', async () => {
    const { code, stdout } = await operate('review')
    expect(code).toBe(0)
    expect(stdout).toMatch(/late-agent\s+–\s+–\s+0 \/ 0.*unused/)
    expect(stdout).toMatch(/nobody\s+https:\/\/shop\.example\s+shop\.refund\s+0 \/ 0/)
  })

  it('invites, with a link that needs nobody’s consent', async () => {
    const { code, stdout, stderr } = await operate('people', 'invite', 'Grace', '--role', 'auditor')
    expect(code).toBe(0)
    expect(stdout).toContain('Grace is invited')
    expect(stderr).toContain(`${authority.config.origin}/enrol#`)
    expect((await operate('people', 'list')).stdout).toContain('Ada Admin')
  })

  it('rotates keys and adds credentials', async () => {
    expect((await withConsent(['keys', 'rotate'])).stdout).toContain('New tokens are signed with the key')
    const dataDir = mkdtempSync(join(tmpdir(), 'countersign-test-'))
    const announced = await withConsent(['keys', 'rotate', '--log', '--data-dir', dataDir])
    expect(announced.stdout).toContain('The log announced its new key')
    expect(statSync(join(dataDir, 'log-key-next.jwk')).mode & 0o777).toBe(0o600)
    const again = await operate('keys', 'rotate', '--log', '--data-dir', dataDir)
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('waits to take over already')])
    const added = await withConsent(['credential', 'add', 'auditor', 'grace', '--json'])
    expect(JSON.parse(added.stdout).credential).toMatch(/^cs_auditor_/)
  })

  it('ends with 3 when the admin denies', async () => {
    const running = startCommand(['agent', 'add', 'denied-agent'], as(OPERATOR))
    const id = await requestShown(running)
    await admin.page.call('deny', { params: { id }, body: { reason: 'Not\u001b[2J him' } })
    const { code, stdout, stderr } = await running.ended
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toContain('An approver denied the request. Do not act. In the approver’s words: “Not')
    expect(stderr).not.toContain('\u001b')
  })

  it('ends with 1, in other words, when somebody stops it', async () => {
    const running = startCommand(['agent', 'add', 'stopped-agent', '--json'], as(OPERATOR))
    const id = await requestShown(running)
    expect((await operate('revoke', 'request', '--', id)).code).toBe(0)
    const { code, stdout } = await running.ended
    expect(code).toBe(1)
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'request_denied', state: 'stopped' })
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('withdraws at %s, and says so', async (signal, exitCode) => {
    const running = startCommand(['agent', 'add', 'dropped-agent'], as(OPERATOR))
    const id = await requestShown(running)
    running.signal(signal)
    const { code, stderr } = await running.ended
    expect(code).toBe(exitCode)
    expect(stderr).toContain('The request is withdrawn.')
    expect(await authority.operator.call('viewRequest', { params: { id } })).toMatchObject({
      value: { state: 'withdrawn' },
    })
  })

  it('revokes without asking anyone', async () => {
    expect((await operate('agent', 'revoke', 'early-agent')).stdout).toBe('✔ The agent early-agent is revoked.\n')
    expect((await operate('agent', 'list')).stdout).toMatch(/early-agent .* revoked/)
    expect((await operate('executor', 'revoke', 'https://shop.example')).code).toBe(0)
    const unknown = await operate('agent', 'revoke', 'nobody', '--json')
    expect([unknown.code, JSON.parse(unknown.stdout).error.code]).toEqual([1, 'not_found'])
  })
})

describe('request and token inspect', () => {
  const propose = (...more: string[]) => [
    ...['request', 'forum.post', '--executor', FORUM, '--resource', 'forum:eng/threads/42'],
    ...['--arg', 'board=eng', '--arg', 'thread:=42', '--arg', 'text=Hello', '--reason', 'They asked', ...more],
  ]
  const call = {
    name: 'forum.post',
    resource: 'forum:eng/threads/42',
    arguments: { board: 'eng', thread: 42, text: 'Hello' },
  }
  let token = ''

  it('shows the facts of the token, and the token itself only when asked', async () => {
    const plain = await withConsent(propose(), agentCredential)
    expect(plain.code).toBe(0)
    expect(plain.stdout).toMatch(/approved by +one person/)
    expect(jwsIn(plain.stdout)).toEqual([])
    const printed = await withConsent(propose('--print-token'), agentCredential)
    token = printed.stdout.trim()
    expect(jwsIn(token)).not.toEqual([])
    expect(token).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/)
  })

  it('needs nobody for what policy allows', async () => {
    const read = ['request', 'forum.read', '--executor', FORUM, '--resource', 'forum:eng', '--json']
    const { code, stdout } = await runCommand(read, as(agentCredential))
    expect(code).toBe(0)
    expect(JSON.parse(stdout).claims.approval).toMatchObject({ origin: 'policy', consents: [] })
  })

  it('ends with 1 where policy denies', async () => {
    const { code, stdout } = await runCommand(
      ['request', 'forum.burn', '--executor', FORUM, '--resource', 'forum:eng', '--json'],
      as(agentCredential),
    )
    expect([code, JSON.parse(stdout).error.code]).toEqual([1, 'policy_denied'])
  })

  const inspect = (given: string, ...more: string[]) =>
    runCommand(['token', 'inspect', '--json', ...more], { COUNTERSIGN_URL: authority.config.origin }, given)
  const resultsOf = (stdout: string) =>
    Object.fromEntries(
      JSON.parse(stdout).checks.map(({ check, result }: { check: string; result: string }) => [check, result]),
    )
  const callFile = (content: object) => {
    const file = join(mkdtempSync(join(tmpdir(), 'countersign-test-')), 'call.json')
    writeFileSync(file, JSON.stringify(content))
    return file
  }

  it('checks what an outsider can, and says what it did not check', async () => {
    const { code, stdout } = await inspect(token, '--call', callFile(call))
    expect(resultsOf(stdout)).toEqual({
      signature: 'holds',
      issuer: 'holds',
      time: 'holds',
      consents: 'holds',
      revoked: 'holds',
      call: 'holds',
      audience: 'not checked',
      spent: 'not checked',
    })
    expect(code).toBe(0)
  })

  it('never spends it', async () => {
    const { stdout } = await runCommand(['token', 'inspect'], { COUNTERSIGN_URL: authority.config.origin }, token)
    expect(stdout).toMatch(/Who consented\n.*APPROVER/)
    expect(stdout).toContain(`${admin.id}`)
    expect(resultsOf((await inspect(`Bearer ${token}\n`)).stdout)).toMatchObject({ consents: 'holds' })
  })

  it('says that it cannot tell whether the state is the same', async () => {
    const thief = await publishedKey(authority)
    const [details] = decodeJwt<ApprovalClaims>(token).authorization_details
    const state = `sha-256:${'A'.repeat(43)}` as const
    const { stdout } = await inspect(await thief.sign(token, { authorization_details: [{ ...details, state }] }))
    expect(resultsOf(stdout)).toMatchObject({ state: 'not checked', consents: 'fails' })
    expect(JSON.parse(stdout).claims.authorization_details[0].state).toBe(state)
  })

  it('fails for another call', async () => {
    const other = { ...call, arguments: { ...call.arguments, text: 'Goodbye' } }
    const { code, stdout } = await inspect(token, '--call', callFile(other))
    expect([code, resultsOf(stdout)['call']]).toEqual([1, 'fails'])
  })

  it('fails for a token that outlives its consent', async () => {
    const thief = await publishedKey(authority)
    const [consent] = decodeJwt<ApprovalClaims>(token).approval.consents
    const late = await thief.sign(token, { exp: Number(consent?.expires) + 1 })
    const { code, stdout } = await inspect(late)
    expect([code, resultsOf(stdout)['consents']]).toEqual([1, 'fails'])
  })

  it('shows nothing of a token that the authority did not sign', async () => {
    const { code, stdout } = await inspect(`${token.slice(0, -8)}AAAAAAAA`)
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'token_signature', detail: expect.any(String) } })
  })
})
