/**
 * The record of a proposal: its first two ledger entries, and the payloads that may be erased later. A denied proposal
 * keeps its entries and no payload. SPEC 8.
 */
import type { JsonValue } from '@countersign/verifier'
import { plainJson } from '../../domain/action/plain-json.ts'
import { type ApprovalRequest, traceOf } from '../../domain/approval/approval-request.ts'
import type { Proposal } from '../../domain/approval/new-request.ts'
import { recordDigest } from '../../domain/approval/request-record.ts'
import { type PreparedEntry, partiesOf, prepareEntry } from '../../domain/ledger/entry.ts'
import {
  type Payload,
  type PayloadKind,
  payloadSalt,
  preparePayload,
  resourceDigest,
} from '../../domain/ledger/payload.ts'
import { requestRow, sealRow } from '../../domain/ledger/row-seal.ts'
import type { PermittedDecision, PolicyDecision } from '../../domain/policy/policy.ts'
import type { Idempotency } from '../../store/contract/request-store.ts'
import type { Deps } from '../deps.ts'
import type { ProvenKey } from '../tokens/possession.ts'

/** Identifies repetitions of a proposal, and carries the caller's own trace for correlation. */
export interface Arrival {
  readonly idempotency: Idempotency | null
  readonly challenge: { readonly issuer: string; readonly jti: string } | null
  readonly parentTrace: string | undefined
  /** The key that an allowed token is to be bound to. */
  readonly key: ProvenKey | null
}

export interface ProposalRecord {
  readonly payloads: readonly Payload[]
  readonly entries: readonly PreparedEntry[]
}

/** `request`: as it is opened; null where it is denied. */
export async function recordOf(
  deps: Pick<Deps, 'randomBytes' | 'logKey'>,
  proposal: Proposal,
  decision: PolicyDecision,
  arrival: Arrival,
  request: ApprovalRequest | null,
): Promise<ProposalRecord> {
  const payloads = await payloadsOf(deps, proposal)
  const entries = [
    await createdEntry(proposal, payloads, arrival.parentTrace),
    await decidedEntry(proposal, decision, request, await sealedRecord(deps, request, payloads, arrival)),
  ]
  return { payloads: decision.effect === 'deny' ? [] : payloads, entries }
}

function payloadsOf({ randomBytes }: Pick<Deps, 'randomBytes'>, { id, action, bounds, preview, reason }: Proposal) {
  const contents: [PayloadKind, JsonValue][] = [['action', { ...action }]]
  if (bounds) contents.push(['bounds', plainJson(bounds)])
  if (preview) contents.push(['preview', plainJson(preview.content)])
  if (reason !== null) contents.push(['reason', reason])
  return Promise.all(contents.map(([kind, content]) => preparePayload(id, kind, content, payloadSalt(randomBytes))))
}

// Spread members come last, as in `openedRow`.
async function createdEntry(proposal: Proposal, payloads: readonly Payload[], parentTrace: string | undefined) {
  const { id, action, preview, now } = proposal
  return prepareEntry('request.created', now, traceOf(id), {
    door: proposal.door,
    undoes: proposal.undoes ?? undefined,
    changes: proposal.change?.former,
    round: proposal.change?.round,
    txn: proposal.txn,
    act: proposal.act,
    actors: proposal.actors.length > 0 ? proposal.actors : undefined,
    resource: await resourceDigest(action.resource, action.salt),
    preview: preview?.digest ?? null,
    preview_by: preview?.by ?? null,
    state: proposal.stateDigest ?? undefined,
    expires: proposal.expiresAt,
    payloads: payloads.map((payload) => payload.digest),
    series: proposal.bounds ? true : undefined,
    parent_trace: parentTrace,
    ...proposalParties(proposal),
    ...(proposal.proposedBy === null ? {} : { approver: proposal.proposedBy }),
  })
}

/** Nothing that SQL writes later counts as what was opened. */
async function sealedRecord(
  { logKey }: Pick<Deps, 'logKey'>,
  request: ApprovalRequest | null,
  payloads: readonly Payload[],
  { challenge }: Arrival,
): Promise<Readonly<Record<string, string>>> {
  if (!request) return {}
  const record = await recordDigest(request, challenge)
  const texts = payloads.map(({ digest }) => digest)
  return { record, seal: await sealRow(logKey, requestRow(request.id, record, texts)) }
}

const decidedEntry = async (
  proposal: Proposal,
  decision: PolicyDecision,
  request: ApprovalRequest | null,
  sealed: Readonly<Record<string, string>>,
) =>
  prepareEntry('request.decided', proposal.now, traceOf(proposal.id), {
    decision: decision.effect,
    policy: decision.policy,
    grant: request?.grant ?? undefined,
    policies: decision.policies.slice(0, MAX_NAMED),
    reason: [...decision.reason].slice(0, MAX_REASON).join(''),
    ...proposalParties(proposal),
    ...sealed,
    ...(decision.effect === 'deny' ? {} : termsOf(proposal, decision)),
  })

/** An entry has at most 8 KiB. The request keeps all of them. */
const MAX_NAMED = 20
const MAX_REASON = 1_000

const proposalParties = (proposal: Proposal) =>
  partiesOf({
    id: proposal.id,
    agent: proposal.agent.id,
    principal: proposal.principal,
    digest: proposal.digest,
    audience: proposal.executor.audience,
    name: proposal.action.name,
  })

/** With these, `request.created` and a consent's own members, anyone can rebuild the statement that was signed. */
const termsOf = (proposal: Proposal, { effect, terms }: PermittedDecision) => ({
  quorum: effect === 'allow' ? 0 : terms.quorum,
  ...(effect === 'allow'
    ? {}
    : {
        approvers: terms.approvers.map(({ groups, count }) => ({ groups: [...groups], count })),
        ordered: terms.ordered,
      }),
  uses: terms.uses,
  client_id: terms.actor ?? proposal.agent.id,
  self_approval: terms.selfApproval,
  ...(terms.deviceBound ? { device_bound: true } : {}),
})
