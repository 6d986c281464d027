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
  const because = (policies: readonly string[], reason: string) => ({ policy: digest, policies, reason })

  return {
    digest,
    title: 'Reads pass, everything else needs one human',
    readsArguments: false,
    decide(query: PolicyQuery): PolicyDecision {
      const entry = query.executor.catalogue.find((candidate) => candidate.name === query.name)
      if (!entry) {
        const reason = `${query.executor.audience} has no action ${query.name} in its catalogue.`
        return { effect: 'deny', ...because(['unknown'], reason) }
      }
      const own = query.executor.audience === options.authority
      const terms: Terms = {
        approvers: [{ groups: [own ? 'admin' : 'approver'], count: 1 }],
        ordered: false,
        quorum: 1,
        ttlSeconds: options.ttlSeconds,
        uses: 1,
        actor: null,
        selfApproval: own || options.selfApproval,
        stateRequired: false,
        typedTarget: false,
      }
      return entry.effect === 'read'
        ? { effect: 'allow', terms, ...because(['read'], 'It changes nothing.') }
        : { effect: 'approval', terms, ...because(['other'], 'It changes something.') }
    },
  }
}
