/** Answers that are kept: found by everything that they rested on, never for what can change by itself, and bounded. */
import { describe, expect, it } from 'vitest'
import { createPermittedCalls, type PermittedCall } from '../../src/authority/policy/permitted-calls.ts'
import { agentNamed, forum } from '../domain/approval/sample.ts'
import { policyOf } from '../domain/policy/cedar.ts'

const rule = (condition: string) => policyOf(`permit (principal, action, resource) when { ${condition} };`)
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

describe('a kept answer', () => {
  it('is found with the people that it rested on', () => {
    const calls = createPermittedCalls()
    calls.keep(call(), { people: 2 })
    expect(calls.find(call())).toEqual({ people: 2 })
  })

  it.each<[string, Partial<PermittedCall>]>([
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
  ])('is not found for another %s', (_, more) => {
    const calls = createPermittedCalls()
    calls.keep(call(), { people: null })
    expect(calls.find(call(more))).toBeUndefined()
  })

  it.each([
    'context.time.hour < 18',
    'context has time',
    'context.system.now < datetime("2030-01-01")',
    'context has session',
    'context == context',
  ])('is not one under %s', (condition) => {
    const calls = createPermittedCalls()
    calls.keep(call({ policy: rule(condition) }), { people: null })
    expect(calls.find(call({ policy: rule(condition) }))).toBeUndefined()
  })

  it('is forgotten once there are too many newer ones', () => {
    const calls = createPermittedCalls(2)
    for (const request of ['a', 'b', 'c']) calls.keep(call({ request }), { people: null })
    expect(['a', 'b', 'c'].map((request) => calls.find(call({ request })) !== undefined)).toEqual([false, true, true])
  })
})
