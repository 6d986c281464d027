/**
 * The built-in policy: reads are allowed, every other action needs one human, actions outside the catalogue are denied.
 * It reads the executor's catalogue alone, never arguments. SPEC 11.
 */
import { digestOf } from '@countersign/verifier'
import type { Policy, PolicyDecision, PolicyQuery, Terms } from './policy.ts'

export interface BuiltInOptions {
  /** Life of a token, 1 to 600; default 120. */
  readonly ttlSeconds: number
  /** Whether the principal, or the person who runs the agent, may consent. A single operator needs it. */
  readonly selfApproval: boolean
  /** The authority's own audience: changes to it need an admin. */
  readonly authority: string
}

export async function builtInPolicy(options: BuiltInOptions): Promise<Policy> {
  const rules = {
    typ: 'countersign/policy/built-in/v1',
    read: 'allow',
    other: 'approval',
    unknown: 'deny',
    quorum: 1,
    ttl_seconds: options.ttlSeconds,
    self_approval: options.selfApproval,
    authority: options.authority,
  }
  const digest = await digestOf(rules)
  const deny = (reason: string): PolicyDecision => ({ effect: 'deny', policy: digest, reason })

  return {
    digest,
    title: 'Reads pass, everything else needs one human',
    readsArguments: false,
    decide(query: PolicyQuery): PolicyDecision {
      const entry = query.executor.catalogue.find((candidate) => candidate.name === query.name)
      if (!entry) return deny(`${query.executor.audience} has no action ${query.name} in its catalogue.`)
      const own = query.executor.audience === options.authority
      const terms: Terms = {
        approvers: own ? 'admin' : 'approver',
        quorum: 1,
        ttlSeconds: options.ttlSeconds,
        uses: 1,
        actor: null,
        selfApproval: own || options.selfApproval,
      }
      return { effect: entry.effect === 'read' ? 'allow' : 'approval', policy: digest, terms }
    },
  }
}
