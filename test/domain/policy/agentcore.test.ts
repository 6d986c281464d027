/** Policies as AWS AgentCore publishes them, with only the entity types renamed, decide as their text says. */
import { describe, expect, it } from 'vitest'
import { decide } from '../../../src/domain/policy/decide.ts'
import { agentNamed, forum } from '../approval/sample.ts'
import { callTo, policyOf } from './cedar.ts'

const RENAMED: Readonly<Record<string, string>> = {
  'AgentCore::OAuthUser': 'Agent',
  'AgentCore::IamEntity': 'Agent',
  'AgentCore::Action': 'Action',
  'AgentCore::Gateway': 'Resource',
}
const GATEWAY = 'arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/refund-gateway'
const head = (effect: string, action: string) => `${effect}(
  principal is AgentCore::OAuthUser,
  action == AgentCore::Action::"${action}",
  resource == AgentCore::Gateway::"${GATEWAY}"
)`
const REFUND = 'RefundTarget___process_refund'
const CLAIM = 'InsuranceAPI___file_claim'
const ANY = `permit(principal, action, resource == AgentCore::Gateway::"${GATEWAY}");`

const EXAMPLES = {
  refund: `${head('permit', REFUND)}
when {
  principal.hasTag("username") &&
  principal.getTag("username") == "refund-agent" &&
  context.input.amount < 500
};`,
  scope: `${head('permit', CLAIM)} when { principal.hasTag("scope") && principal.getTag("scope") like "*insurance:claim*" };`,
  roles: `${ANY} ${head('forbid', CLAIM)} unless { principal.hasTag("role") && (principal.getTag("role") == "senior-adjuster" || principal.getTag("role") == "manager") };`,
  type: `${head('permit', CLAIM)} when { context.input has claimType && (context.input.claimType == "health" || context.input.claimType == "auto") };`,
  optional: `${ANY} ${head('forbid', CLAIM)} unless { context.input has description };`,
  countries: `${head('permit', CLAIM)} when { ["US", "CA", "MX"].contains(context.input.country) };`,
  decimal: `${head('permit', CLAIM)} when { context.input.newLimit.lessThanOrEqual(decimal("50000.00")) };`,
  hours: `${head('permit', CLAIM)} when { duration("0h") <= context.system.now.toTime() && context.system.now >= datetime("2025-02-01T00:00:00Z") };`,
  shutdown: `${ANY} forbid(principal, action, resource);`,
  account: `${ANY} forbid(principal is AgentCore::IamEntity, action, resource) when { principal.id like "*suspended*" };`,
}

const executor = forum({
  catalogue: [REFUND, CLAIM].map((name) => ({ name, effect: 'write', reversible: true })),
})

const renamed = (text: string) => Object.entries(RENAMED).reduce((all, [from, to]) => all.replaceAll(from, to), text)

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
