/**
 * A cache of calls that the policy permitted when their token was issued, by all inputs of the decision: a redemption
 * with the same inputs does not ask the policy again. Only permits are kept, and only those that do not depend on the
 * time, a session or earlier calls. People are not part of the key: the statement that redeems compares their number.
 * SPEC 11.
 */
import type { Agent, Executor } from '../../domain/identity/parties.ts'
import type { Policy } from '../../domain/policy/policy.ts'

/** The arguments and the preview of a request never change, so its id stands for them. */
export interface PermittedCall {
  readonly request: string
  /** Digest of the action. */
  readonly action: string
  readonly name: string
  readonly principal: string
  /** The client id that may present the token. */
  readonly actor: string
  readonly policy: Policy
  readonly agent: Agent
  readonly executor: Executor
}

/** `people`: as the policy read their number; null where it reads none. */
export interface Permission {
  readonly people: number | null
}

export interface PermittedCalls {
  readonly keep: (call: PermittedCall, permission: Permission) => void
  /** Undefined where the policy has to be asked. */
  readonly find: (call: PermittedCall) => Permission | undefined
}

const MAX_KEPT = 20_000

export function createPermittedCalls(most = MAX_KEPT): PermittedCalls {
  const kept = new Map<string, Permission>()
  return {
    find: (call) => kept.get(keyOf(call)),
    keep(call, { people }) {
      if (!isLasting(call)) return
      kept.set(keyOf(call), { people })
      const [oldest] = kept.keys()
      if (kept.size > most && oldest !== undefined) kept.delete(oldest)
    },
  }
}

function isLasting({ policy, name }: PermittedCall): boolean {
  const { time, session, history } = policy.reads(name)
  return !time && !session && history.length === 0
}

const keyOf = ({ request, action, name, principal, actor, policy, agent, executor }: PermittedCall): string =>
  JSON.stringify([
    ...[request, action, name, principal, actor, policy.version, policy.digest],
    ...[agent.id, agent.version, agent.revokedAt, executor.audience, executor.version, executor.revokedAt],
  ])
