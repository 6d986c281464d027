/**
 * Answers that are kept: found by everything that they rested on, never for what can change by itself, and bounded; and
 * the marks that stand for them elsewhere.
 */
import type { Digest } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { createPermittedCalls, type PermittedCall } from '../../src/authority/policy/permitted-calls.ts'
import { agentNamed, forum } from '../domain/approval/sample.ts'
import { policyOf } from '../domain/policy/cedar.ts'

const rule = (condition: string) => policyOf(`permit (principal, action, resource) when { ${condition} };`)
const KEY = { d: 'A'.repeat(43) }
const PLAIN = rule('context.effect == "read" && context.signals.count < 5 && context.people > 1')

const call = (more: Partial<PermittedCall> = {}): PermittedCall => ({
  request: 'r',
  action: 'sha-256:a',
  name: 'forum.read',
  principal: 'ada',
  actor: 'helpdesk-agent',
  policy: PLAIN,
  agent: agentNamed('helpdesk-agent'),
  executor: forum(),
  ...more,
})

const OTHERS: readonly [string, Partial<PermittedCall>][] = [
  ['request', { request: 's' }],
  ['action', { action: 'sha-256:b' }],
  ['actor', { actor: 'other-agent' }],
  ['principal', { principal: 'ben' }],
  ['version of the policy', { policy: { ...PLAIN, version: 2 } }],
  ['text of the policy', { policy: { ...PLAIN, digest: `sha-256:${'B'.repeat(43)}` } }],
  ['agent', { agent: agentNamed('other-agent') }],
  ['version of the agent', { agent: { ...agentNamed('helpdesk-agent'), version: 7 } }],
  ['end of the agent', { agent: { ...agentNamed('helpdesk-agent'), revokedAt: 1 } }],
  ['version of the executor', { executor: { ...forum(), version: 7 } }],
]

const CHANGING = [
  'context.time.hour < 18',
  'context has time',
  'context.system.now < datetime("2030-01-01")',
  'context has session',
  'context == context',
]

describe('a kept answer', () => {
  it('is found with the people that it rested on', async () => {
    const calls = await createPermittedCalls(KEY)
    calls.keep({ call: call(), people: 2 })
    expect(calls.find(call())).toEqual({ people: 2 })
  })

  it.each(OTHERS)('is not found for another %s', async (_, more) => {
    const calls = await createPermittedCalls(KEY)
    calls.keep({ call: call(), people: null })
    expect(calls.find(call(more))).toBeUndefined()
  })

  it.each(CHANGING)('is not one under %s', async (condition) => {
    const calls = await createPermittedCalls(KEY)
    calls.keep({ call: call({ policy: rule(condition) }), people: null })
    expect(calls.find(call({ policy: rule(condition) }))).toBeUndefined()
  })

  it('is forgotten once there are too many newer ones', async () => {
    const calls = await createPermittedCalls(KEY, 2)
    for (const request of ['a', 'b', 'c']) calls.keep({ call: call({ request }), people: null })
    expect(['a', 'b', 'c'].map((request) => calls.find(call({ request })) !== undefined)).toEqual([false, true, true])
  })
})

describe('the mark of a permission', () => {
  const CLAIMS = `sha-256:${'C'.repeat(43)}` as const

  const made = async (key = KEY) => createPermittedCalls(key)
  const marked = async () => (await (await made()).markOf({ call: call(), people: 2 }, CLAIMS)) ?? ''

  it('holds at every process that has the key, and under no other key', async () => {
    const mark = await marked()
    const holds = async (key: typeof KEY) => (await made(key)).isMarkOf(mark, { call: call(), people: 2 }, CLAIMS)
    expect(await holds(KEY)).toBe(true)
    expect(await holds({ d: `B${'A'.repeat(42)}` })).toBe(false)
  })

  it.each<[string, Partial<PermittedCall>, number, Digest]>([
    ...OTHERS.map(([what, more]): [string, Partial<PermittedCall>, number, Digest] => [what, more, 2, CLAIMS]),
    ['number of people', {}, 3, CLAIMS],
    ['claims', {}, 2, `sha-256:${'D'.repeat(43)}`],
  ])('does not hold for another %s', async (_, more, people, claims) => {
    const { isMarkOf } = await made()
    expect(await isMarkOf(await marked(), { call: call(more), people }, claims)).toBe(false)
  })

  it.each([
    ['empty', () => ''],
    ['of other bytes', (mark: string) => `${mark.startsWith('A') ? 'B' : 'A'}${mark.slice(1)}`],
    ['shorter', (mark: string) => mark.slice(0, -1)],
    ['longer', (mark: string) => `${mark}A`],
    ['padded', (mark: string) => `${mark}=`],
    ['not canonical', (mark: string) => `${mark.slice(0, -1)}B`],
    ['no base64url', (mark: string) => `!${mark.slice(1)}`],
  ])('does not hold where it is %s', async (_, changed) => {
    const { isMarkOf } = await made()
    expect(await isMarkOf(changed(await marked()), { call: call(), people: 2 }, CLAIMS)).toBe(false)
  })

  it.each(CHANGING)('is not made under %s', async (condition) => {
    const { markOf, isMarkOf } = await made()
    const changing = { call: call({ policy: rule(condition) }), people: null }
    expect(await markOf(changing, CLAIMS)).toBeNull()
    expect(await isMarkOf(await marked(), changing, CLAIMS)).toBe(false)
  })
})
