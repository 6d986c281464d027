/** What a preview reads is the agent's to see, so policy decides on it; and what a call acts upon is what the call says. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { administer, mustSucceed } from '../setup/authority.ts'
import { AGENT, AUDIENCE, approveTools, type Ground, nextRequest, openSession, startGround, waiting } from './ground.ts'
import { connectRaw, type RawClient } from './raw-client.ts'

const POLICY = `${DEFAULT_POLICY}
@id("no secrets") @reason("Secrets are nobody's.") forbid (principal, action == Action::"box.secret", resource);
@id("asked") @approvers("approver") permit (principal, action == Action::"box.private", resource);
`
const READERS = ['open', 'secret', 'private']
const inputSchema = { type: 'object', properties: { path: {}, sql: { type: 'string' } } }
const write = (preview: object) => ({ effect: 'write', resource: 'doc:{path}', preview })
const rules = {
  request_access: 'read',
  ...Object.fromEntries(READERS.map((name) => [name, { effect: 'read', resource: 'doc:{path}' }])),
  ...Object.fromEntries(
    READERS.flatMap((tool) => [
      [`replace-${tool}`, write({ read: { tool, arguments: { path: '{path}' } } })],
      [`try-${tool}`, write({ dry_run: { tool, arguments: { path: '{path}' } } })],
      [`explain-${tool}`, write({ explain: { tool, sql: 'sql' } })],
    ]),
  ),
}

const folder = mkdtempSync(join(tmpdir(), 'preview-policy-'))
const file = (name: string) => join(folder, name)
const sent = (): unknown[] =>
  existsSync(file('calls'))
    ? readFileSync(file('calls'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)[0])
    : []

let ground: Ground
let raw: RawClient

beforeAll(async () => {
  writeFileSync(file('tools.json'), JSON.stringify(Object.keys(rules).map((name) => ({ name, inputSchema }))))
  const args = [fileURLToPath(new URL('listed-server.mjs', import.meta.url)), folder]
  ground = await startGround({ box: { command: process.execPath, args, tools: rules } }, { hold_seconds: 20 })
  await approveTools(ground)
  const { in_force: version } = mustSucceed(await ground.authority.operator.call('listPolicies'))
  const change = { name: 'countersign.policy.publish', resource: 'policy', arguments: { version, text: POLICY } }
  await administer(ground.authority, ground.ada, change)
})
afterAll(() => ground.stop())
beforeEach(async () => {
  rmSync(file('calls'), { force: true })
  raw = await connectRaw(openSession(ground))
})

const entries = async (name: string) =>
  (await ground.authority.store.entriesAfter({ after: 0, limit: 10_000 }))
    .map(({ body }) => JSON.parse(body))
    .filter((entry) => entry.name === name)
const deny = async (id: string) => mustSucceed(await ground.ben.page.call('deny', { params: { id }, body: {} }))

async function refused(name: string, args: object) {
  raw.call(name, name, args)
  const [answer] = await raw.answers(name)
  expect(await waiting(ground)).toEqual([])
  expect(sent()).toEqual([])
  const [said] = Object(answer?.result?.['content'])
  return { words: said?.text, ...Object(answer?.result?.['_meta'])['io.countersign/refusal'] }
}

describe('what a preview reads with another tool', () => {
  it.each(['replace', 'try', 'explain'])('%s: is not read where policy does not let the agent read it', async (way) => {
    const args = { path: 'a', sql: 'SELECT 1' }
    const denied = await refused(`${way}-secret`, args)
    expect(denied).toMatchObject({ status: 'policy_denied', executed: false })
    expect(denied.words).toContain(
      'The preview of this call calls box.secret, which policy lets this agent do not at all.',
    )
    expect(denied.words).toContain("Secrets are nobody's.")
    expect(denied.words).toContain('an admin has to permit that call in policy')
    const asked = await refused(`${way}-private`, args)
    expect(asked).toMatchObject({ status: 'policy_denied', executed: false })
    expect(asked.words).toContain('calls box.private, which policy lets this agent do only once people approve it.')
    expect(await entries(`box.${way}-secret`)).toContainEqual(
      expect.objectContaining({ type: 'token.refused', code: 'policy_denied', agent: AGENT, executor: AUDIENCE }),
    )
  })

  it('is a call of the agent in the ledger, once for a call, also where that runs', async () => {
    raw.call(1, 'replace-open', { path: 'b' })
    const { id } = await nextRequest(ground)
    expect(sent()).toEqual(['open'])
    expect(await entries('box.open')).toMatchObject([{ type: 'call.allowed', agent: AGENT, executor: AUDIENCE }])
    mustSucceed(await ground.ben.consent(id))
    await raw.answers(1)
    expect(sent()).toEqual(['open', 'open', 'replace-open', 'open'])
    expect(await entries('box.open')).toHaveLength(1)
  })
})

it.each<[string, object, string[]]>([
  ['try-open', { path: 'c' }, ['open']],
  ['explain-open', { path: 'c', sql: 'SELECT owner FROM accounts' }, ['open', 'open']],
])('%s is made by the policy of a new authority', async (name, args, calls) => {
  raw.call(1, name, args)
  await deny((await nextRequest(ground)).id)
  await raw.answers(1)
  expect(sent()).toEqual(calls)
})

it('an EXPLAIN by another tool is judged as the statement in it', async () => {
  const answer = await refused('explain-open', { path: 'd', sql: 'DELETE FROM accounts WHERE id = 1' })
  expect(answer).toMatchObject({ status: 'policy_denied', executed: false })
})

describe('what a call acts upon', () => {
  it.each<[unknown]>([[{ toString: null }], [{}], [['a']], [true]])(
    'is no %j: the call is refused, and the ledger has it',
    async (path) => {
      const answer = await refused('replace-open', { path })
      expect(answer).toMatchObject({ status: 'invalid_request', executed: false })
      expect(answer.words).toContain('path: It names what the call acts upon, so it has to be a text or a number.')
      expect(await entries('box.replace-open')).toContainEqual(
        expect.objectContaining({ type: 'token.refused', code: 'invalid_request', agent: AGENT, executor: AUDIENCE }),
      )
      expect(ground.lines.join('\n')).not.toContain('bug')
    },
  )

  it('is a number as it is written', async () => {
    raw.call(1, 'replace-open', { path: 7 })
    const { id } = await nextRequest(ground)
    expect(mustSucceed(await ground.ada.page.call('requestContent', { params: { id } })).resource).toBe('doc:7')
    await deny(id)
    await raw.answers(1)
  })
})

it('a tool of a server with the name of one of the gateway’s is not listed beside it', async () => {
  raw.send({ id: 1, method: 'tools/list' })
  const [answer] = await raw.answers(1)
  const listed: unknown = answer?.result?.['tools']
  const names = Array.isArray(listed) ? listed.map(({ name }) => name) : []
  expect(names).toContain('replace-open')
  expect(names.filter((name) => name === 'request_access')).toHaveLength(1)
})
