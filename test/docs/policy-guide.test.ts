/**
 * The guide to policy, from its first line to its last: its policies are written to files, its commands typed in one
 * folder, and what it says they print is what they print. A person with a passkey consents to what waits.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { createDraftThreads, type DraftThreads } from '../../src/node/drafts/draft-threads.ts'
import { shellIn } from '../cli/run-shell.ts'
import {
  administer,
  enrolBy,
  enrolFirstAdmin,
  mustSucceed,
  OPERATOR,
  type Person,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { bundled } from '../setup/bundle.ts'
import { read } from './documents.ts'

vi.setConfig({ testTimeout: 240_000 })

const { blocks, rows } = read('src/docs/policy.md')
const SHOP = 'https://shop.example'

let folder: string
let threads: DraftThreads
let authority: TestAuthority
let ada: Person
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-policy-'))
  threads = createDraftThreads(await bundled('src/node/drafts/draft-thread.ts', 'draft-thread'))
  authority = await startAuthority({ drafts: threads })
  await authority.listen()
})
afterAll(async () => {
  await authority.stop()
  await threads.end()
  rmSync(folder, { recursive: true })
})

/** The ids of this authority in the place of those in the guide. */
async function here(text: string): Promise<string> {
  const [request] = mustSucceed(await authority.operator.call('listRequests')).requests
  return text.replaceAll('4CzxJHcG4vN1hzqQp8hA3w', ada?.id).replaceAll('Zm9ydW0tcG9zdC1zYWx0MA', String(request?.id))
}

/** Types a block of commands; Ada consents to each request that it waits for. */
async function type(text: string): Promise<string> {
  const environment = { COUNTERSIGN_URL: authority.config.origin, COUNTERSIGN_CREDENTIAL: OPERATOR, NO_COLOR: '1' }
  const asked = new Set<string>()
  const { code, stdout, stderr } = await shellIn(folder, environment, await here(text), (written) => {
    for (const [, id = ''] of written.matchAll(/\/approve\/([\w-]{22})/g))
      if (!asked.has(id) && asked.add(id)) void ada.consent(id).then(mustSucceed)
  })
  expect({ code, stderr: code === 0 ? '' : stderr }, text).toEqual({ code: 0, stderr: '' })
  return stdout
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .filter((line) => line !== '')

it('leads from three lines to a policy in force, and back', async () => {
  let printed = ''
  for (const { language, text } of blocks) {
    const [kind, file] = language.split(' ')
    if (kind === 'cedar' && file) writeFileSync(join(folder, file), text)
    if (kind === 'text') expect(linesOf(printed)).toEqual(expect.arrayContaining(linesOf(text)))
    if (kind !== 'sh') continue
    printed = await type(text)
    ada ??= await enrolFirstAdmin(authority)
  }
  const { in_force, versions } = mustSucceed(await authority.operator.call('listPolicies'))
  expect([in_force, versions[0]?.digest]).toEqual([3, versions[2]?.digest])
})

describe('its rules', () => {
  beforeAll(async () => {
    const ben = await enrolBy(authority, ada, 'Ben Approver')
    await administer(authority, ada, {
      name: 'countersign.group.add',
      resource: 'group:legal',
      arguments: { name: 'legal', members: [ben.id] },
    })
  })

  const fragments = blocks.filter(({ language }) => language === 'cedar').map(({ text }) => text)
  const fragment = (id: string) => fragments.find((text) => text.includes(`@id("${id}")`)) ?? expect.fail(id)
  const checked = async (text: string) => mustSucceed(await authority.operator.call('checkDraft', { body: { text } }))

  it.each(fragments)('stand beside the default policy without a finding: %s', async (text) => {
    expect(await checked(DEFAULT_POLICY + text)).toMatchObject({ problems: [], warnings: [] })
  })

  it.each([
    ['deletions', 'order.delete', {}, { effect: 'approval', quorum: 2 }],
    ['large payments', 'order.pay', { amount: 1001, currency: 'EUR' }, { effect: 'approval', quorum: 2 }],
    ['large payments', 'order.pay', { amount: 1000, currency: 'EUR' }, { effect: 'approval', quorum: 1 }],
    ['no gift cards', 'order.pay', { kind: 'gift card' }, { effect: 'deny', policies: ['no gift cards'] }],
    ['no gift cards', 'order.pay', {}, { effect: 'approval', quorum: 1 }],
    ['three failures stop', 'order.read', {}, { effect: 'allow' }],
    ['tasks', 'order.pay', {}, { effect: 'deny', policies: ['tasks'] }],
  ])('decide as they say: %s on %s %o', async (id, name, args, decision) => {
    const call = { agent: 'shop-agent', audience: SHOP, name, resource: 'order:42', arguments: args }
    const body = { text: DEFAULT_POLICY + fragment(id), call }
    expect(mustSucceed(await authority.operator.call('tryDraft', { body })).draft).toMatchObject(decision)
  })

  it.each(rows.map(([annotation = '']) => annotation.slice(1, -1)))('ask as %s says', async (annotation) => {
    expect(await checked(`${annotation} permit (principal, action, resource);`)).toMatchObject({
      problems: [],
      warnings: [],
    })
  })
})
