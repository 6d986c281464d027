/** Stopping from the command line: a kill switch from preview to release, and single revocations. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import {
  addAgent,
  addExecutor,
  enrolFirstAdmin,
  FORUM,
  mustSucceed,
  OPERATOR,
  type Person,
  postAction,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { runCommand, startCommand } from './run-command.ts'

// Every case starts processes of its own.
vi.setConfig({ testTimeout: 120_000 })

let authority: TestAuthority
let admin: Person
let agent: ReturnType<TestAuthority['client']>

beforeAll(async () => {
  authority = await startAuthority()
  await authority.listen()
  agent = authority.client(await addAgent(authority, 'helpdesk-agent'))
  await addExecutor(authority)
  admin = await enrolFirstAdmin(authority)
})
afterAll(() => authority.stop())

const environment = () => ({
  COUNTERSIGN_URL: authority.config.origin,
  COUNTERSIGN_CREDENTIAL: OPERATOR,
  NO_COLOR: '1',
})
const operate = (...args: string[]) => runCommand(args, environment())

const ask = async () => mustSucceed(await agent.propose({ body: { audience: FORUM, action: postAction() } }))

it('shows what it would hit, and asks before it stops anything', async () => {
  await ask()
  const { code, stdout, stderr } = await operate('kill', '--agent', 'helpdesk-agent', '--reason', 'It posts nonsense')
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain('This stops agent helpdesk-agent.')
  expect(stderr).toContain('Now: 0 live tokens, 1 waiting requests, 0 connected executors.')
  expect(stderr).toContain('--yes')
  expect(await authority.store.killSwitches(10)).toEqual([])
})

it.each([
  ['nothing', ['--reason', 'x', '--yes']],
  ['everything and something', ['--everything', '--agent', 'a', '--reason', 'x', '--yes']],
  ['no reason', ['--everything', '--yes']],
  ['what no action is called', ['--action', 'a b', '--reason', 'x', '--yes']],
])('takes %s for a mistake', async (_, args) => {
  const { code, stdout } = await operate('kill', ...args)
  expect([code, stdout]).toEqual([2, ''])
  expect(await authority.store.killSwitches(10)).toEqual([])
})

it('stops, lists, shows, and releases once an admin consents', async () => {
  const engaged = await operate('kill', '--everything', '--reason', 'The key is out', '--yes', '--json')
  expect(engaged.code).toBe(0)
  const { id, hits } = JSON.parse(engaged.stdout)
  expect(hits).toEqual({ tokens: 0, pending: 1, executors: 0 })
  expect(await agent.propose({ body: { audience: FORUM, action: postAction() } })).toMatchObject({
    problem: { code: 'killed' },
  })

  expect((await operate('kill', 'list')).stdout).toMatch(new RegExp(`${id}\\s+active\\s+everything`))
  const shown = await operate('kill', 'show', id)
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('The key is out')])

  const releasing = startCommand(['kill', 'release', id, '--reason', 'A new key is in place'], environment())
  const link = () => /\/approve\/([\w-]{22})/.exec(releasing.stderr())?.[1]
  await expect.poll(link).toBeDefined()
  mustSucceed(await admin.consent(link() ?? ''))
  expect(await releasing.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('is released') })
  expect((await operate('kill', 'list')).stdout).toMatch(new RegExp(`${id}\\s+released`))
  expect((await ask()).state).toBe('pending')
})

it('releases several with one consent, and engages nothing twice', async () => {
  const stop = async (agent: string) =>
    JSON.parse((await operate('kill', '--agent', agent, '--reason', 'Stop', '--yes', '--json')).stdout).id
  const ids = [await stop('one'), await stop('two')]
  expect(await stop('one')).toBe(ids[0])
  const releasing = startCommand(['kill', 'release', ...ids, '--reason', 'Both are mended'], environment())
  const link = () => /\/approve\/([\w-]{22})/.exec(releasing.stderr())?.[1]
  await expect.poll(link).toBeDefined()
  mustSucceed(await admin.consent(link() ?? ''))
  expect(await releasing.ended).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('2 kill switches are released'),
  })
  expect((await authority.store.killSwitches(0)).filter(({ id }) => ids.includes(id))).toEqual([])
})

it('ends one request and one token', async () => {
  const { id } = await ask()
  expect(await operate('revoke', 'request', id)).toMatchObject({ code: 0 })
  expect(mustSucceed(await agent.call('viewRequest', { params: { id } })).state).toBe('stopped')
  const body = { audience: FORUM, action: postAction('', { name: 'forum.read' }) }
  const opened = mustSucceed(await agent.propose({ body }))
  const { jti } = mustSucceed(await agent.call('collectToken', { params: { id: opened.id } }))
  expect(await operate('revoke', 'token', jti, '--json')).toMatchObject({
    code: 0,
    stdout: '{\n  "revoked": true\n}\n',
  })
  expect(await operate('revoke', 'token', jti)).toMatchObject({ code: 1, stderr: expect.stringContaining('ended') })
})

it('says before and after that nobody has this name, and stops it all the same', async () => {
  const args = ['--agent', 'helpdesk', '--reason', 'It posts nonsense', '--yes']
  const { code, stdout, stderr } = await operate('kill', ...args)
  const sentence = 'No agent of this name is registered; did you mean helpdesk-agent?'
  expect(code).toBe(0)
  expect(stderr).toContain(sentence)
  expect(stdout).toMatch(/^✔ Stopped: agent helpdesk\. 0 tokens revoked\.\n/)
  expect(stdout).toContain(sentence)
  const [{ id } = { id: '' }] = await authority.store.killSwitches(0)
  expect((await operate('kill', 'show', '--', id)).stdout).toContain(sentence)
})

it('names the people that it stops and that engaged it', async () => {
  mustSucceed(await admin.page.call('engageKillSwitch', { body: { selector: { principal: admin.id }, reason: 'Odd' } }))
  const listed = (await operate('kill', 'list')).stdout
  expect(listed).toContain('principal Ada Admin')
  expect(listed).not.toContain(admin.id)
  const { killswitches } = mustSucceed(await authority.operator.call('listKillSwitches'))
  const { stdout } = await operate('kill', 'show', killswitches[0]?.id ?? '')
  expect(stdout).toMatch(/engaged .* by Ada Admin/)
})
