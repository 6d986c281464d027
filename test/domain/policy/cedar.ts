/** Cedar for tests of the rules: a text as a policy, and calls to put to it. */
import { type CedarPolicy, cedarPolicy } from '../../../src/domain/policy/cedar/cedar-policy.ts'
import { compilePolicies } from '../../../src/domain/policy/cedar/compile.ts'
import type { CedarHost } from '../../../src/domain/policy/cedar/engine.ts'
import type { PolicyQuery } from '../../../src/domain/policy/policy.ts'
import { createCedarHost } from '../../../src/node/cedar-host.ts'
import { ACTION, agentNamed, DIGEST, forum, ISSUER, NOW } from '../approval/sample.ts'

export const cedar = createCedarHost()

/** Throws the first problem of a text that does not compile. */
export function policyOf(text: string, host: CedarHost = cedar): CedarPolicy {
  const compiled = compilePolicies(host, text)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems[0]))
  return cedarPolicy({
    host,
    policies: compiled.policies,
    facts: compiled.facts,
    digest: DIGEST,
    version: 1,
    defaults: { ttlSeconds: 120, selfApproval: false },
    authority: ISSUER,
  })
}

export const callTo = (name: string, more: Partial<PolicyQuery> = {}): PolicyQuery => ({
  agent: agentNamed('helpdesk-agent'),
  actors: [],
  principal: more.agent?.id ?? 'helpdesk-agent',
  executor: forum(),
  name,
  resource: ACTION.resource,
  arguments: {},
  preview: null,
  state: null,
  people: 2,
  session: null,
  now: NOW,
  history: {},
  ...more,
})
