/** The list of requests by the command: a table with names, the same as JSON, and a filter for each column. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Cast, credentialFor, propose, startCast } from '../http/cast.ts'
import { enrolBy, mustSucceed, OPERATOR } from '../setup/authority.ts'
import { type Ended, runCommand } from './run-command.ts'

vi.setConfig({ testTimeout: 120_000 })

let cast: Cast
let credential = ''
const opened = { denied: '', waiting: '' }

beforeAll(async () => {
  cast = await startCast()
  await cast.authority.listen()
  opened.denied = (await propose(cast.agent, { arguments: { board: 'eng\u001b[31m', thread: 7 } })).id
  mustSucceed(await cast.ben.page.call('deny', { params: { id: opened.denied }, body: {} }))
  opened.waiting = (await propose(cast.otherAgent)).id
  credential = await credentialFor(cast.authority, cast.ada, 'auditor', 'revision')
})
afterAll(() => cast.authority.stop())

const requests = (...args: string[]): Promise<Ended> => requestsAs(credential, ...args)
const requestsAs = (credential: string, ...args: string[]): Promise<Ended> =>
  runCommand(['requests', ...args], {
    COUNTERSIGN_URL: cast.authority.config.origin,
    COUNTERSIGN_CREDENTIAL: credential,
    NO_COLOR: '1',
  })

it('shows a row for each, with names, and no escape of an agent', async () => {
  const { code, stdout } = await requests('--agent', 'helpdesk-agent')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^OPENED +STATE +WHAT +AGENT +FOR +EXECUTOR +ANSWERED BY +OUTCOME +REQUEST\n/)
  expect(stdout).toMatch(
    /denied +Publish a reply in eng\\u\{1b\}\[31m, thread 7 +helpdesk-agent .*The forum +Ben Approver/,
  )
  expect(stdout).not.toContain('\u001b')
  expect(stdout.trim().split('\n')).toHaveLength(2)
})

it('says that for an operator every argument is masked, and for an auditor what is sensitive', async () => {
  const { stdout } = await requestsAs(OPERATOR, 'show', opened.denied)
  expect(stdout).toMatch(/thread +•+ \(masked\)/)
  expect(stdout).toContain('For an operator every argument is: an auditor sees the others.')
  const seen = await requests('show', opened.denied)
  expect(seen.stdout).toMatch(/thread +7/)
  expect(seen.stdout).not.toContain('masked')
})

it('filters by name of a person, by state and danger, and says where to go on', async () => {
  const ids = async (...args: string[]) => {
    const { stdout } = await requests('--json', ...args)
    return JSON.parse(stdout).requests.map(({ id }: { readonly id: string }) => id)
  }
  expect(await ids('--answered-by', 'ben approver')).toEqual([opened.denied])
  expect(await ids('--state', 'pending', '--decided-by', 'people')).toEqual([opened.waiting])
  expect(await ids('--danger', 'destructive')).toEqual([])
  expect(await ids('--outcome', 'failed')).toEqual([])
  const first = await requests('--limit', '1')
  const [, after = ''] = /--after (\S+)/.exec(first.stderr) ?? []
  expect((await requests('--limit', '1', '--after', after)).stdout).not.toContain(first.stdout.trim().split('\n')[1])
})

it('says that nothing matches, and which states there are', async () => {
  expect((await requests('--agent', 'nobody')).stdout).toBe('No request matches.\n')
  const wrong = await requests('--state', 'maybe')
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toContain('pending, approved, denied, expired, withdrawn, stopped')
})

it('asks for an id where several people have the name', async () => {
  const { authority, ada, ben } = cast
  const other = await enrolBy(authority, ada, 'Ben Approver')
  const { code, stderr } = await requests('--answered-by', 'ben approver')
  expect(code).toBe(1)
  expect(stderr).toMatch(/Several people are named ben approver\. Name one by id: /)
  for (const { id } of [ben, other]) expect(stderr).toContain(id)
  expect((await requests('--answered-by', ben.id)).stdout).toContain('Ben Approver')
})
