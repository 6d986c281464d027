/**
 * The requests that the guide to integrating shows, made under the default policy: each is asked about as the write that
 * it is, and none is denied, unfit, or taken for something destructive.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { type ActionSpec, newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import type { CatalogueEntry } from '../../src/domain/identity/parties.ts'
import { shellIn } from '../cli/run-shell.ts'
import {
  addAgent,
  addExecutor,
  enrolBy,
  enrolFirstAdmin,
  FORUM,
  mustSucceed,
  type Person,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { read } from './documents.ts'

vi.setConfig({ testTimeout: 120_000 })

const { blocks } = read('src/docs/integrate.md')
const FILES = 'https://files.example'
const [catalogue = ''] = blocks.flatMap(({ language, text }) => (language === 'json' ? [text] : []))

type Call = Pick<ActionSpec, 'name' | 'resource' | 'arguments'>

/** The calls that a sample assigns: `action`, and `call` where it is made of it. */
function callsIn(text: string): readonly Call[] {
  const assigned = text.match(/^const (?:action|call) = \{[\s\S]*?\}$/gm) ?? []
  const values: unknown = runInNewContext(`${assigned.join('\n')}\nJSON.stringify([${names(assigned)}])`)
  const found: readonly Partial<Call>[] = JSON.parse(String(values))
  return found.flatMap(({ name, resource, arguments: args }) =>
    name && resource && args ? [{ name, resource, arguments: args }] : [],
  )
}

const names = (assigned: readonly string[]) => assigned.map((text) => text.split(' ')[1]).join(', ')

const proposed = blocks.filter(({ language }) => language === 'ts').flatMap(({ text }) => callsIn(text))
const bodiesTo = (path: string) =>
  blocks
    .flatMap(({ text }) => [...text.matchAll(/approve\.example(\S+) -H[^']*'[^']*' -d '([^']+)'/g)])
    .flatMap(([, to, body = '']) => (to === path ? [body] : []))
const bodies = bodiesTo('/requests')
const evaluations = bodiesTo('/access/v1/evaluation')
const commands = blocks
  .filter(({ language, text }) => language === 'sh' && /^npx countersign (grant )?request /m.test(text))
  .map(({ text }) => text.replace(/^npx countersign token inspect .*\n/m, ''))

let folder: string
let authority: TestAuthority
let agent: Client
let credential: string
let ben: Person
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-integrate-'))
  authority = await startAuthority()
  await authority.listen()
  const entries: readonly CatalogueEntry[] = JSON.parse(catalogue)
  await addExecutor(authority, FORUM, entries)
  await addExecutor(authority, FILES, [{ name: 'file.write', effect: 'write', reversible: true }])
  credential = await addAgent(authority, 'helpdesk-agent')
  agent = authority.client(credential)
  ben = await enrolBy(authority, await enrolFirstAdmin(authority), 'Ben Approver')
})
afterAll(async () => {
  await authority.stop()
  rmSync(folder, { recursive: true })
})

it('finds them', () => {
  expect(proposed.map(({ name }) => name)).toEqual(['forum.post', 'file.write', 'file.write', 'forum.post'])
  expect([bodies.length, evaluations.length, commands.length]).toEqual([1, 1, 2])
})

const WRITE = { state: 'pending', quorum: 1, policy: { decided: ['writes'] } }

it.each(proposed)('a sample’s $name is asked about as a write: $arguments', async (call) => {
  const audience = call.name === 'file.write' ? FILES : FORUM
  const body = { audience, action: { ...call, salt: newSalt() } }
  expect(mustSucceed(await agent.propose({ body }))).toMatchObject(WRITE)
})

it.each(bodies)('a body over HTTP is asked about as a write: %s', async (body) => {
  expect(mustSucceed(await agent.propose({ body: JSON.parse(body) }))).toMatchObject(WRITE)
})

it.each(evaluations)('an evaluation says where to ask: %s', async (body) => {
  const answer = mustSucceed(await agent.call('evaluateAccess', { body: JSON.parse(body) }))
  expect(answer).toMatchObject({ decision: false, context: { access_request: expect.anything() } })
})

it.each(commands)('commands get their tokens from one person: %s', async (text) => {
  const environment = { COUNTERSIGN_URL: authority.config.origin, COUNTERSIGN_CREDENTIAL: credential, NO_COLOR: '1' }
  const asked = new Set<string>()
  // The id of the grant is that of the request that the first line waited for.
  for (const line of text.trim().split('\n')) {
    const typed = line.replace('7XBs06k94YpIMpz1oaGmxA', [...asked][0] ?? '')
    const { code, stderr } = await shellIn(folder, environment, `set -o pipefail\n${typed}`, (written) => {
      for (const [, id = ''] of written.matchAll(/\/approve\/([\w-]{22})/g))
        if (!asked.has(id) && asked.add(id)) void ben.consent(id).then(mustSucceed)
    })
    expect({ typed, code, stderr: code === 0 ? '' : stderr }).toEqual({ typed, code: 0, stderr: '' })
  }
  expect(asked.size).toBe(1)
  const [id = ''] = asked
  expect(mustSucceed(await agent.call('viewRequest', { params: { id } }))).toMatchObject({
    ...WRITE,
    state: 'approved',
  })
})
