/** `policy check`, `try`, `replay` and `observe` by the command: places that editors understand, and exit codes for scripts. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { type Cast, propose, startCast } from '../http/cast.ts'
import { FORUM, OPERATOR } from '../setup/authority.ts'
import { runCommand } from './run-command.ts'

let cast: Cast
const files = { same: '', open: '', wrong: '', misspelt: '', empty: '' }
beforeAll(async () => {
  cast = await startCast()
  await cast.authority.listen()
  await propose(cast.agent)
  const folder = await mkdtemp(join(tmpdir(), 'drafts-'))
  const write = async (name: string, text: string) => {
    const file = join(folder, name)
    await writeFile(file, text)
    return file
  }
  files.same = await write('same.cedar', DEFAULT_POLICY)
  files.open = await write('open.cedar', '@id("all")\npermit (principal, action, resource);')
  files.empty = await write('empty.cedar', '// permit (principal, action, resource);\n')
  files.misspelt = await write('misspelt.cedar', 'permit (principal, action == Action::"forum.pots", resource);')
  files.wrong = await write('wrong.cedar', '// ü\n@aprovers("finance")\npermit (principal, action, resource);')
})
afterAll(() => cast.authority.stop())

const policy = (...args: string[]) =>
  runCommand(['policy', ...args], {
    COUNTERSIGN_URL: cast.authority.config.origin,
    COUNTERSIGN_CREDENTIAL: OPERATOR,
    NO_COLOR: '1',
  })

it('checks a file', async () => {
  expect(await policy('check', files.same)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/compiles: \d policies/),
  })
  const wrong = await policy('check', files.wrong)
  expect(wrong.code).toBe(1)
  expect(wrong.stdout).toMatch(/wrong\.cedar:2:1: .*@aprovers.* Write: @approvers/)
  expect(JSON.parse((await policy('check', files.wrong, '--json')).stdout).problems).toHaveLength(1)
  expect(await policy('check', '/nowhere.cedar')).toMatchObject({ code: 2 })
})

it('says of a text without a policy that it would deny every call', async () => {
  const { code, stdout } = await policy('check', files.empty)
  expect(code).toBe(1)
  expect(stdout).toContain('every call would be denied')
  expect(stdout).not.toContain('compiles')
})

it('shows the policy as a file that can be published again', async () => {
  expect(await policy('show')).toMatchObject({ code: 0, stdout: `${DEFAULT_POLICY.trimEnd()}\n` })
})

it('warns of what may be meant otherwise', async () => {
  const { code, stdout } = await policy('check', files.misspelt)
  expect(code).toBe(0)
  expect(stdout).toMatch(/misspelt\.cedar:1:38: warning: .*“forum\.pots”.* Write: forum\.post\n.*compiles: 1 policy/)
})

it('tries a call beside the policy in force', async () => {
  const call = ['--agent', 'helpdesk-agent', '--executor', FORUM, '--action', 'forum.post', '--resource', 'forum:eng']
  const { code, stdout } = await policy('try', files.open, ...call, '--arg', 'thread:=42')
  expect(code).toBe(0)
  expect(stdout).toMatch(/in force +asks people\. .*\n +draft +allowed\. Policy “all” permits/)
  expect((await policy('try', files.wrong, ...call)).code).toBe(1)
})

it('replays past requests, and ends with 1 on differences where that is wanted', async () => {
  const { code, stdout } = await policy('replay', files.open, '--days', '7')
  expect(code).toBe(0)
  expect(stdout).toMatch(/requests +1\n/)
  expect(stdout).toMatch(/newly allowed +1\n/)
  expect(stdout).toMatch(/helpdesk-agent +forum\.post +asks people +allowed\./)
  expect((await policy('replay', files.open, '--fail-on-difference')).code).toBe(1)
  const same = await policy('replay', files.same, '--fail-on-difference')
  expect(same).toMatchObject({ code: 0, stdout: expect.stringContaining('No decision would change.') })
})

it('observes a draft, and ends with 1 on differences where that is wanted', async () => {
  expect(await policy('observed')).toMatchObject({ code: 1, stderr: expect.stringContaining('policy observe') })
  expect(await policy('observe', files.wrong)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Line 2, column 1'),
  })
  expect((await policy('observe', files.open, '--hours', '0')).code).toBe(2)
  expect(await policy('observe', files.open, '--hours', '2')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('is observed until'),
  })
  await propose(cast.agent)
  await cast.authority.services.settle()
  const { code, stdout } = await policy('observed', '--fail-on-difference')
  expect(code).toBe(1)
  expect(stdout).toMatch(/newly allowed +1\n/)
  expect(stdout).toMatch(/1 +helpdesk-agent +forum\.post +asks people +allowed\. Policy “all” permits/)
  expect((await policy('end-observation')).code).toBe(0)
  expect((await policy('observations')).stdout).toMatch(/ 1 +1 +sha-256:/)
})

it('shows the reach of an agent', async () => {
  const environment = { COUNTERSIGN_URL: cast.authority.config.origin, COUNTERSIGN_CREDENTIAL: OPERATOR, NO_COLOR: '1' }
  const { code, stdout } = await runCommand(['agent', 'reach', 'helpdesk-agent'], environment)
  expect(code).toBe(0)
  expect(stdout).toMatch(/https:\/\/forum\.example +forum\.read +read +yes +alone/)
  expect(stdout).toMatch(/forum\.delete +destructive +no +with 2 of approver/)
  expect((await runCommand(['agent', 'reach', 'nobody'], environment)).code).toBe(1)
})
