/** Answers that a slice repeats: for the same call alone, and for another resource only where no rule tells them apart. */
import { describe, expect, it } from 'vitest'
import type { CedarHost } from '../../../src/domain/policy/cedar/engine.ts'
import type { PolicyQuery } from '../../../src/domain/policy/policy.ts'
import { agentNamed } from '../approval/sample.ts'
import { callTo, cedar, policyOf } from './cedar.ts'

/** A host whose questions are counted. */
function counting() {
  const count = { asked: 0 }
  const engine = cedar.engine()
  if (!engine) throw new Error('Cedar is not there')
  const counted = {
    ...engine,
    statefulIsAuthorized: (call: Parameters<typeof engine.statefulIsAuthorized>[0]) => {
      count.asked++
      return engine.statefulIsAuthorized(call)
    },
  }
  const host: CedarHost = { engine: () => counted, broken: cedar.broken, othersTurn: null }
  return { host, count }
}
const effectsOf = async (text: string, ...calls: readonly Partial<PolicyQuery>[]) => {
  const { host, count } = counting()
  const policy = policyOf(text, host)
  const effects: string[] = []
  for (const call of calls) effects.push((await policy.decide(callTo('forum.post', call))).effect)
  return { effects, asked: count.asked }
}

const READS = 'permit (principal, action, resource is Resource) when { context.effect == "write" };'
const one = { resource: 'forum:eng' }
const other = { resource: 'forum:hr' }

describe('an answer is repeated', () => {
  it.each([
    READS,
    'permit (principal, action, resource) when { resource in Executor::"https://forum.example" };',
    'permit (principal, action, resource) when { resource.executor == "https://forum.example" };',
    'permit (principal, action, resource) when { resource is Resource && resource in [Executor::"https://forum.example"] };',
  ])('about another resource by %s', async (text) => {
    expect(await effectsOf(text, one, other, one)).toEqual({ effects: ['allow', 'allow', 'allow'], asked: 1 })
  })
})

describe('another answer is given', () => {
  it.each([
    'permit (principal, action, resource == Resource::"forum:eng");',
    'permit (principal, action, resource in Resource::"forum:eng");',
    'permit (principal, action, resource) when { resource == Resource::"forum:eng" };',
    'permit (principal, action, resource) when { resource.id == "forum:eng" };',
    'permit (principal, action, resource) when { resource.id like "*eng" };',
    'permit (principal, action, resource) when { [Resource::"forum:eng"].contains(resource) };',
    'permit (principal, action, resource) when { {r: resource}.r.id == "forum:eng" };',
    'permit (principal, action, resource) when { (if true then resource else resource).id == "forum:eng" };',
    'permit (principal, action, resource) when { resource in (if resource.id == "forum:eng" then resource else Resource::"x") };',
    'permit (principal, action, resource) unless { resource has id && resource.id == "forum:hr" };',
  ])('about another resource by %s', async (text) => {
    expect((await effectsOf(text, one, other, one)).effects).toEqual(['allow', 'deny', 'allow'])
  })

  it('about another agent, other arguments, another moment', async () => {
    const text = `permit (principal, action, resource) when { principal in Group::"staff" && context.input.n == 1 && context.time.epoch < 10 };`
    const staff = { agent: agentNamed('a', { groups: ['staff'] }), arguments: { n: 1 }, now: 5 }
    const calls = [
      staff,
      { ...staff, agent: agentNamed('a') },
      { ...staff, arguments: { n: 2 } },
      { ...staff, now: 10 },
    ]
    expect((await effectsOf(text, ...calls)).effects).toEqual(['allow', 'deny', 'deny', 'deny'])
  })

  it('by another version of the policy', async () => {
    expect((await effectsOf(READS, one)).effects).toEqual(['allow'])
    expect((await effectsOf(READS.replace('permit', 'forbid'), one)).effects).toEqual(['deny'])
  })
})

it('keeps a bounded number of calls, and no long ones', async () => {
  const text = 'permit (principal, action, resource) when { context.input.n != "x" };'
  const many = Array.from({ length: 501 }, (_, n) => ({ arguments: { n: String(n) } }))
  expect((await effectsOf(text, ...many, { arguments: { n: '500' } }, { arguments: { n: '0' } })).asked).toBe(502)
  const long = { arguments: { n: 'y'.repeat(2000) } }
  expect((await effectsOf(text, long, long)).asked).toBe(2)
})
