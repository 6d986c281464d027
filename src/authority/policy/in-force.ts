/** The policy in force. SPEC 11. */
import { digestOf } from '@countersign/verifier'
import { cedarPolicy } from '../../domain/policy/cedar/cedar-policy.ts'
import { compilePolicies } from '../../domain/policy/cedar/compile.ts'
import type { CedarHost } from '../../domain/policy/cedar/engine.ts'
import { DEFAULT_POLICY } from '../../domain/policy/default-policy.ts'
import type { Policy } from '../../domain/policy/policy.ts'
import type { Config } from '../config.ts'

export async function defaultPolicy(host: CedarHost, config: Config): Promise<Policy> {
  const { origin: authority, tokenTtlSeconds: ttlSeconds, selfApproval } = config
  const compiled = compilePolicies(host, DEFAULT_POLICY)
  if (!compiled.ok) throw new Error('The default policy does not compile')
  const digest = await digestOf({
    typ: 'countersign/policy/cedar/v1',
    text: DEFAULT_POLICY,
    ttl_seconds: ttlSeconds,
    self_approval: selfApproval,
    authority,
  })
  return cedarPolicy({
    host,
    policies: compiled.policies,
    digest,
    title: 'The default policy',
    defaults: { ttlSeconds, selfApproval },
    authority,
  })
}
