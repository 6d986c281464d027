/** Asking for a grant by the command: with a key in a file, which the calls under it are then made with. */
import { readFileSync, statSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVerifier, newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { agentKey } from '../../src/cli/credential/agent-key.ts'
import { type Cast, startCast } from '../http/cast.ts'
import { FORUM, mustSucceed } from '../setup/authority.ts'
import { runCommand, startCommand } from './run-command.ts'

vi.setConfig({ testTimeout: 120_000 })

let cast: Cast
let folder: string
beforeAll(async () => {
  cast = await startCast()
  await cast.authority.listen()
  folder = await mkdtemp(join(tmpdir(), 'countersign-grant-'))
})
afterAll(() => cast.authority.stop())

const environment = () => ({
  COUNTERSIGN_URL: cast.authority.config.origin,
  COUNTERSIGN_CREDENTIAL: cast.agentSecret,
  NO_COLOR: '1',
})
const wanted = (key: string, ...more: string[]) => [
  ...['grant', 'request', 'forum.post', '--executor', FORUM, '--resource', 'forum:eng/threads/42', '--key', key],
  ...['--arg', 'board=eng', '--uses', '2', '--bound', 'thread.max:=50', '--bound', 'text.oneOf:=["Yes","No"]', ...more],
]

/** The request that the command waits with. */
async function waiting(): Promise<string> {
  return vi.waitFor(async () => {
    const { requests } = mustSucceed(await cast.agent.call('listRequests', { query: { state: 'pending' } }))
    const [first] = requests
    if (!first) throw new Error('Nothing waits yet')
    return first.id
  }, 60_000)
}

it('makes the key, waits for a person, and says until when the grant lasts; calls by that key need nobody', async () => {
  const file = join(folder, 'agent.jwk')
  const running = startCommand(wanted(file, '--json'), environment())
  mustSucceed(await cast.ben.consent(await waiting()))
  const { code, stdout, stderr } = await running.ended
  expect(stderr).toContain(file)
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ uses: 2, expires_at: expect.any(Number) })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const key = await agentKey(file)
  expect(key.isNew).toBe(false)
  const headers = { dpop: await key.proof({ method: 'POST', url: `${cast.authority.config.origin}/requests` }) }
  const action = {
    name: 'forum.post',
    resource: 'forum:eng/threads/42',
    arguments: { board: 'eng', thread: 7, text: 'Yes' },
    salt: newSalt(),
  }
  const opened = mustSucceed(await cast.agent.call('openRequest', { body: { audience: FORUM, action }, headers }))
  expect(opened).toMatchObject({ state: 'approved', grant: JSON.parse(stdout).request })
})

it('is used by the command: as many calls as it has, and the next is refused with the bound named', async () => {
  const { authority, ben, forum } = cast
  const file = join(folder, 'ten.jwk')
  const asking = startCommand(wanted(file, '--uses', '10', '--json'), environment())
  mustSucceed(await ben.consent(await waiting()))
  const id = String(JSON.parse((await asking.ended).stdout).request)
  const call = (thread: number) => ({
    name: 'forum.post',
    resource: 'forum:eng/threads/42',
    arguments: { board: 'eng', thread, text: 'Yes' },
  })
  const asked = (thread: number, ...more: string[]) => {
    const action = ['request', 'forum.post', '--executor', FORUM, '--resource', 'forum:eng/threads/42']
    const args = ['--args-json', JSON.stringify(call(thread).arguments), '--key', file, '--grant', id, '--print-token']
    return runCommand([...action, ...args, ...more], environment())
  }
  const verifier = createVerifier({
    issuer: authority.config.origin,
    audience: FORUM,
    credential: forum.credential,
    publicUrl: FORUM,
  })
  for (let thread = 1; thread <= 10; thread++) {
    const { code, stdout, stderr } = await asked(thread)
    expect(code, stderr).toBe(0)
    expect(stderr).toContain(`Approved under the grant ${id}`)
    const proving = ['token', 'proof', '--key', file, '--address', `${FORUM}/posts`]
    const { stdout: proof } = await runCommand(proving, environment(), stdout)
    const dpop = { proof: proof.trim(), method: 'POST', url: '/posts' }
    await verifier.verify(stdout.trim(), call(thread), { dpop })
  }
  const eleventh = await asked(11)
  expect(eleventh.code).toBe(1)
  expect(eleventh.stderr).toContain(`The grant ${id} does not cover this call: all of its 10 calls are used.`)
  const why = await runCommand(['requests', '--state', 'pending'], { ...environment() })
  expect(why.stdout).toContain('No request matches')
})

it('ends with 3 where a person denies, and leaves a key that is there as it is', async () => {
  const file = join(folder, 'agent.jwk')
  const before = readFileSync(file, 'utf8')
  const running = startCommand(wanted(file), environment())
  const id = await waiting()
  mustSucceed(await cast.ben.page.call('deny', { params: { id }, body: { reason: 'Too many' } }))
  expect(await running.ended).toMatchObject({ code: 3, stderr: expect.stringContaining('Too many') })
  expect(readFileSync(file, 'utf8')).toBe(before)
})

it.each<[string, string[], number, RegExp]>([
  ['a kind of bound that there is not', ['--bound', 'text.like=a'], 2, /one of equals, oneOf/],
  ['a bound twice', ['--bound', 'thread.max:=9'], 2, /given twice/],
  ['a bound without a kind', ['--bound', 'text=a'], 2, /ARGUMENT\.KIND/],
  ['more calls than there can be', ['--uses', '1001'], 2, /from 1 to 1000/],
  ['more calls than the policy allows', ['--uses', '101'], 1, /at most 100 calls/],
  ['an argument that is fixed, too', ['--bound', 'board.equals=eng'], 1, /both fixed and bounded/],
])('refuses %s', async (_, more, code, words) => {
  const ended = await runCommand(wanted(join(folder, 'agent.jwk'), ...more), environment())
  expect(ended.code).toBe(code)
  expect(ended.stderr).toMatch(words)
})

it('refuses a file that holds no such key', async () => {
  const { code, stderr } = await runCommand(wanted('package.json'), environment())
  expect(code).toBe(2)
  expect(stderr).toContain('no private key')
})
