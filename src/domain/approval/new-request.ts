/**
 * Opens an approval request: from what was asked and what the policy decided, to the row that is kept.
 *
 * In: the asked action, its author's preview and words, the decision. Out: a request row and its erasable payloads.
 * Decides nothing itself. SPEC 2, 8.
 */
import type { ActionSpec, Digest, Preview } from '@countersign/verifier'
import type { Agent, CatalogueEntry, Executor } from '../identity/parties.ts'
import type { PolicyDecision } from '../policy/policy.ts'
import { type ActorChain, type ApprovalRequest, traceOf } from './approval-request.ts'

/** Everything that was asked, parsed and digested. */
export interface Asked {
  readonly id: string
  readonly txn: string
  readonly door: 'executor' | 'agent'
  readonly agent: Agent
  readonly executor: Executor
  readonly principal: string
  readonly act: ActorChain
  readonly action: ActionSpec
  readonly digest: Digest
  readonly preview: { readonly by: 'executor' | 'agent'; readonly digest: Digest; readonly content: Preview } | null
  readonly reason: string | null
  readonly now: number
  readonly expiresAt: number
}

const UNKNOWN_ACTION = { effect: 'destructive', reversible: false } as const

/** What the catalogue says of a name; what it does not say is taken for the worst. */
export const catalogueEntryOf = (executor: Executor, name: string): CatalogueEntry =>
  executor.catalogue.find((entry) => entry.name === name) ?? { name, ...UNKNOWN_ACTION }

export type PermittedDecision = Exclude<PolicyDecision, { readonly effect: 'deny' }>

/** The request as it stands right after it was opened: pending, or approved by policy. */
export function openedRequest(asked: Asked, decision: PermittedDecision): ApprovalRequest {
  const allowed = decision.effect === 'allow'
  return {
    id: asked.id,
    trace: traceOf(asked.id),
    txn: asked.txn,
    door: asked.door,
    state: allowed ? 'approved' : 'pending',
    origin: allowed ? 'policy' : 'human',
    agent: asked.agent.id,
    actor: decision.terms.actor ?? asked.agent.id,
    act: asked.act,
    principal: asked.principal,
    audience: asked.executor.audience,
    executorTitle: asked.executor.title,
    name: asked.action.name,
    digest: asked.digest,
    catalogueEntry: catalogueEntryOf(asked.executor, asked.action.name),
    action: asked.action,
    preview: asked.preview,
    reason: asked.reason,
    policy: decision.policy,
    terms: decision.terms,
    separation: allowed ? true : null,
    consents: 0,
    createdAt: asked.now,
    expiresAt: asked.expiresAt,
    decidedAt: allowed ? asked.now : null,
    jti: null,
  }
}

/** Longest chain of agents behind the one that asks. */
const MAX_CHAIN = 7
/** The whole chain stands in an entry, where a control character takes six bytes. */
const ACTOR = /^[^\p{Cc}\p{Cs}]{1,128}$/u

/** `act` of the statement and the token: the asking agent outermost, those it names behind it. Undefined when malformed. */
export function actorChain(agent: string, behind: unknown, depth = 0): ActorChain | undefined {
  if (behind === undefined) return { sub: agent }
  if (depth >= MAX_CHAIN || typeof behind !== 'object' || behind === null) return undefined
  const { sub, act, ...unknownMembers } = behind as Record<string, unknown>
  if (typeof sub !== 'string' || !ACTOR.test(sub) || Object.keys(unknownMembers).length > 0) return undefined
  const rest = actorChain(sub, act, depth + 1)
  return rest && { sub: agent, act: rest }
}
