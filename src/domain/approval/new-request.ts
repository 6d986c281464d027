/** A new approval request: the proposal and the policy's decision, as one request. SPEC 2, 8. */
import type { ActionSpec, Digest, Preview } from '@countersign/verifier'
import type { Bounds } from '@countersign/verifier/authority'
import type { Agent, CatalogueEntry, Executor } from '../identity/parties.ts'
import type { PermittedDecision, Policy } from '../policy/policy.ts'
import { countedEntry } from '../policy/signals/counted-entry.ts'
import { type ActorChain, type ApprovalRequest, traceOf } from './approval-request.ts'
import { newSeries } from './series.ts'

/** A proposed action with its circumstances, parsed and digested. */
export interface Proposal {
  readonly id: string
  readonly txn: string
  readonly door: ApprovalRequest['door']
  readonly undoes: string | null
  readonly proposedBy: string | null
  /** Of a call that an approver changed: the request before it, who changed it, and how often that happened. */
  readonly change: { readonly former: string; readonly by: string; readonly round: number } | null
  readonly agent: Agent
  readonly executor: Executor
  readonly principal: string
  readonly act: ActorChain
  /** The links behind the agent in `act`, where an actor token proves them; else none. */
  readonly actors: readonly string[]
  readonly action: ActionSpec
  /** Of the action, or of the series. */
  readonly digest: Digest
  /** For a grant: `action` then holds what all calls share. */
  readonly bounds: Bounds | null
  /** The grant that the call has to be one of: where that does not cover it, nobody is asked. */
  readonly within: string | null
  /** Thumbprint of the agent's key, where it proved one. A grant is bound to it. */
  readonly jkt: string | null
  readonly preview: { readonly by: 'executor' | 'agent'; readonly digest: Digest; readonly content: Preview } | null
  readonly stateDigest: Digest | null
  readonly reason: string | null
  readonly now: number
  readonly expiresAt: number
}

/** An action outside the catalogue counts as destructive and irreversible. */
export const unknownEntry = (name: string): CatalogueEntry => ({ name, effect: 'destructive', reversible: false })

/** The catalogue's entry for a name. */
export const catalogueEntryOf = (executor: Executor, name: string): CatalogueEntry =>
  executor.catalogue.find((entry) => entry.name === name) ?? unknownEntry(name)

/** The part of an entry that people read: what software alone reads is left out. */
function shownEntry({
  schema: _schema,
  preview: _preview,
  definition: _definition,
  ...entry
}: CatalogueEntry): CatalogueEntry {
  return entry
}

/** The authority says itself what its own changes do. */
async function entryOf({ executor, action }: Proposal, authority: string): Promise<CatalogueEntry> {
  const entry = catalogueEntryOf(executor, action.name)
  return executor.audience === authority ? entry : countedEntry(entry, action.arguments)
}

/** The request as it is opened: pending, or approved by policy or under a grant. */
export async function openedRequest(
  proposal: Proposal,
  decision: PermittedDecision,
  policy: Pick<Policy, 'version' | 'authority'>,
  grant: ApprovalRequest | null = null,
): Promise<ApprovalRequest> {
  const allowed = decision.effect === 'allow'
  const isSettled = allowed || grant !== null
  return {
    id: proposal.id,
    trace: traceOf(proposal.id),
    txn: proposal.txn,
    door: proposal.door,
    state: isSettled ? 'approved' : 'pending',
    origin: allowed ? 'policy' : 'human',
    agent: proposal.agent.id,
    undoes: proposal.undoes,
    proposedBy: proposal.proposedBy,
    changes: proposal.change?.former ?? null,
    changedBy: proposal.change?.by ?? null,
    round: proposal.change?.round ?? 0,
    changedTo: null,
    actor: decision.terms.actor ?? proposal.agent.id,
    act: proposal.act,
    actors: proposal.actors,
    principal: proposal.principal,
    audience: proposal.executor.audience,
    executorTitle: proposal.executor.title,
    name: proposal.action.name,
    digest: proposal.digest,
    catalogueEntry: shownEntry(await entryOf(proposal, policy.authority)),
    action: proposal.action,
    altered: false,
    series: proposal.bounds && newSeries(proposal.bounds),
    grant: grant?.id ?? null,
    jkt: proposal.jkt,
    preview: proposal.preview,
    stateDigest: proposal.stateDigest,
    reason: proposal.reason,
    policy: decision.policy,
    policyVersion: policy.version,
    policies: decision.policies,
    why: decision.reason,
    terms: decision.terms,
    separation: allowed ? true : (grant?.separation ?? null),
    consents: 0,
    createdAt: proposal.now,
    expiresAt: Math.min(proposal.expiresAt, grant?.expiresAt ?? Infinity),
    decidedAt: isSettled ? proposal.now : null,
    denial: null,
    jti: null,
  }
}

const MAX_CHAIN = 7
/** A client id, or a URI of visible ASCII: no free text, since the chain stands in entries and tokens for good. */
const ACTOR = /^(?!countersign-)(?:[a-z0-9][a-z0-9._-]{0,63}|[a-z][a-z0-9+.-]{0,30}:[!#-;=?-[\]_a-z~]{1,96})$/

/** `act` of statement and token: the asking agent outermost, the agents it names behind it. Undefined when malformed. */
export function actorChain(agent: string, behind: unknown, depth = 0): ActorChain | undefined {
  if (behind === undefined) return { sub: agent }
  if (depth >= MAX_CHAIN || typeof behind !== 'object' || behind === null) return undefined
  const { sub, act, ...unknownMembers } = behind as Record<string, unknown>
  if (typeof sub !== 'string' || !ACTOR.test(sub) || Object.keys(unknownMembers).length > 0) return undefined
  const rest = actorChain(sub, act, depth + 1)
  return rest && { sub: agent, act: rest }
}
