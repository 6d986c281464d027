/** The reach of an agent by Cedar’s partial evaluation: the worst is meant, whatever the agent would send. */
import { describe, expect, it } from 'vitest'
import { compilePolicies } from '../../../src/domain/policy/cedar/compile.ts'
import { reachOf } from '../../../src/domain/policy/cedar/reach.ts'
import { DEFAULT_POLICY } from '../../../src/domain/policy/default-policy.ts'
import { createCedarHost } from '../../../src/node/cedar-host.ts'
import { agentNamed, forum } from '../approval/sample.ts'

const host = createCedarHost()

function reach(text: string, name = 'forum.post', more: { executors?: string[]; people?: number } = {}) {
  const compiled = compilePolicies(host, text)
  const engine = host.engine()
  const entry = forum().catalogue.find((one) => one.name === name)
  if (!compiled.ok || !engine || !entry) return expect.fail(JSON.stringify(compiled))
  const { executors = ['https://forum.example'], people = 3 } = more
  const agent = agentNamed('helpdesk-agent', { executors })
  const defaults = { ttlSeconds: 120, selfApproval: false }
  return reachOf(engine, compiled.policies, { agent, audience: 'https://forum.example', entry, people, defaults })
}

describe('under the default policy', () => {
  it.each([
    ['forum.read', 'alone', 0],
    ['forum.post', 'asked', 1],
    ['forum.delete', 'asked', 2],
  ])('%s is %s', (name, worst, quorum) => {
    expect(reach(DEFAULT_POLICY, name)).toMatchObject({ worst, quorum })
  })

  it('nothing is at executors that the agent was not given', () => {
    expect(reach(DEFAULT_POLICY, 'forum.read', { executors: [] }).worst).toBe('never')
  })

  it('one person is enough where there is only one', () => {
    expect(reach(DEFAULT_POLICY, 'forum.delete', { people: 1 })).toMatchObject({ quorum: 1 })
  })
})

const ASKED = '@id("asked") @approvers("finance") @quorum("2")\npermit (principal, action, resource);\n'
const some = (condition: string) =>
  `// @fact paid = sum payment EUR of "pay.*" within 1 hour per agent\n@id("some")\npermit (principal, action, resource) when { ${condition} };\n`

describe('the worst', () => {
  it.each([
    ['arguments', 'context.input.amount < 10'],
    ['time', 'context.time.hour > 17'],
    ['signals', '!context.signals.payment'],
    ['a resource by its id', 'resource == Resource::"forum:vip"'],
    ['a resource by a pattern', 'resource.id like "forum:test*"'],
    ['a principal', 'context.principal == "dana"'],
    ['history', 'context.history.paid < 500'],
  ])('is alone where %s can be chosen', (_, condition) => {
    expect(reach(some(condition))).toMatchObject({ worst: 'alone', policies: ['some'] })
  })

  it('is what always holds, not what may come on top', () => {
    expect(reach(ASKED + some('context.input.amount < 10'))).toMatchObject({
      worst: 'asked',
      quorum: 2,
      groups: ['finance'],
    })
  })

  it('is the mildest of what may hold', () => {
    const two = '@id("two") @approvers("a") @quorum("2") permit (principal, action, resource) when { context.input.x };'
    const one = '@id("one") @approvers("b") permit (principal, action, resource) when { context.input.y };'
    expect(reach(`${two}\n${one}`)).toMatchObject({ worst: 'asked', quorum: 1, policies: ['one'], isConditional: true })
  })

  it('is never where a forbid always holds, and conditional where one may', () => {
    expect(reach(`${ASKED}forbid (principal, action, resource);`).worst).toBe('never')
    const forbid = 'forbid (principal, action, resource) when { context.input.amount > 10 };'
    expect(reach(ASKED + forbid)).toMatchObject({ worst: 'asked', isConditional: true })
  })

  it('looks at the action’s own policies alone', () => {
    const other = '@id("other") permit (principal, action == Action::"forum.delete", resource);'
    expect(reach(other).worst).toBe('never')
    expect(reach(other, 'forum.delete').worst).toBe('alone')
  })
})
