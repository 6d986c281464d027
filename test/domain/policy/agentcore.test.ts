/** Policies as AWS AgentCore publishes them, with only the entity types renamed, decide as their text says. */
import { describe, expect, it } from 'vitest'
import { decide } from '../../../src/domain/policy/decide.ts'
import { agentNamed, forum } from '../approval/sample.ts'
import { CLAIM, EXAMPLES, GATEWAY, REFUND, renamed } from './agentcore.ts'
import { callTo, policyOf } from './cedar.ts'

const executor = forum({
  catalogue: [REFUND, CLAIM].map((name) => ({ name, effect: 'write', reversible: true })),
})

async function answerOf(
  example: keyof typeof EXAMPLES,
  name: string,
  args: object,
  agent = agentNamed('refund-agent'),
) {
  const call = callTo(name, { agent, executor, resource: GATEWAY, arguments: JSON.parse(JSON.stringify(args)) })
  return (await decide(policyOf(renamed(EXAMPLES[example])), call)).effect
}
const inGroups = (...groups: string[]) => agentNamed('refund-agent', { groups })

describe('an example of AgentCore', () => {
  it.each<[keyof typeof EXAMPLES, string, object, string, ReturnType<typeof agentNamed>?]>([
    ['refund', REFUND, { amount: 499 }, 'allow'],
    ['refund', REFUND, { amount: 500 }, 'deny'],
    ['refund', REFUND, { amount: '1' }, 'deny'],
    ['refund', REFUND, {}, 'deny'],
    ['refund', REFUND, { amount: 1 }, 'deny', agentNamed('other-agent')],
    ['refund', CLAIM, { amount: 1 }, 'deny'],
    ['scope', CLAIM, {}, 'allow', inGroups('scope:insurance:claim', 'scope:other')],
    ['scope', CLAIM, {}, 'deny', inGroups('scope:insurance:read')],
    ['scope', CLAIM, {}, 'deny'],
    ['roles', CLAIM, {}, 'allow', inGroups('role:manager')],
    ['roles', CLAIM, {}, 'deny', inGroups('role:clerk')],
    ['roles', CLAIM, {}, 'deny'],
    ['type', CLAIM, { claimType: 'auto' }, 'allow'],
    ['type', CLAIM, { claimType: 'life' }, 'deny'],
    ['type', CLAIM, {}, 'deny'],
    ['optional', CLAIM, { description: 'x' }, 'allow'],
    ['optional', CLAIM, {}, 'deny'],
    ['optional', CLAIM, { description: null }, 'deny'],
    ['countries', CLAIM, { country: 'CA' }, 'allow'],
    ['countries', CLAIM, { country: 'FR' }, 'deny'],
    ['decimal', CLAIM, { newLimit: 50_000 }, 'allow'],
    ['decimal', CLAIM, { newLimit: 49_999.99 }, 'allow'],
    ['decimal', CLAIM, { newLimit: 50_000.01 }, 'deny'],
    ['hours', CLAIM, {}, 'allow'],
    ['shutdown', REFUND, { amount: 1 }, 'deny'],
    ['account', REFUND, {}, 'allow'],
    ['account', REFUND, {}, 'deny', agentNamed('suspended-agent')],
  ])('%s: %s with %j is %s', async (example, name, args, effect, agent) => {
    expect(await answerOf(example, name, args, agent)).toBe(effect)
  })
})
