/**
 * Decides on a proposal and holds the request: it waits for people, is allowed with its token, or is denied. The
 * entries commit with the request; a token is signed after that commit. SPEC 2, 8, 11.
 */
import { unclearPath } from '../../domain/action/argument-path.ts'
import { type ApprovalRequest, traceOf } from '../../domain/approval/approval-request.ts'
import { openedRequest, type Proposal } from '../../domain/approval/new-request.ts'
import { pathsOfUndo } from '../../domain/catalogue/undo.ts'
import type { Agent } from '../../domain/identity/parties.ts'
import { type PreparedEntry, requestEntry } from '../../domain/ledger/entry.ts'
import { noticesOf } from '../../domain/notify/plan.ts'
import type { PermittedDecision, Policy, PolicyDecision } from '../../domain/policy/policy.ts'
import { ok, type Refusal, type Result, refuse, refused } from '../../domain/refusal.ts'
import type { OpenVerdict, RequestRow } from '../../store/contract/request-store.ts'
import type { Deps } from '../deps.ts'
import { keyReused } from '../idempotency.ts'
import type { PolicyNeeds } from '../policy/ask-policy.ts'
import { forKnownAgents } from '../policy/known-agents.ts'
import { turnOf } from '../policy/known-history.ts'
import { type Permitted, permittedCall } from '../policy/permitted-calls.ts'
import { recordRefusal } from '../refusal-record.ts'
import { KILLED } from '../refusals.ts'
import { type CollectDeps, collectBound } from '../tokens/collect.ts'
import { draftToken, type IssueDeps, mintCommitted, type TokenDraft } from '../tokens/issue.ts'
import type { ProvenKey } from '../tokens/possession.ts'
import { checkArguments } from './check-arguments.ts'
import { decideOn, isCounted, noticeDecision } from './decide-proposal.ts'
import { type Arrival, recordOf } from './proposal-record.ts'
import { byOthers } from './recovery-quorum.ts'
import { type OpenedRequest, reopened } from './reopen.ts'
import { readsTwoWays, roomFor } from './room-for-request.ts'
import { type Granted, searchGrants } from './under-grant.ts'
import { withinSession } from './within-session.ts'

export type HoldDeps = IssueDeps &
  CollectDeps &
  PolicyNeeds &
  Pick<Deps, 'limits' | 'logKey' | 'meters' | 'callTurns' | 'observer'>

/**
 * A process may know an outdated policy, or outdated earlier calls: then the deciding statement refuses, and all is read
 * again.
 */
export async function holdProposal(
  deps: HoldDeps,
  proposal: Proposal,
  arrival: Arrival,
): Promise<Result<OpenedRequest>> {
  // The calls of a grant are held to the schema one by one.
  const fitting = proposal.bounds ? ok(true) : await checkArguments(deps, proposal)
  if (!fitting.ok) return fitting
  const counts = isCounted(await deps.policy.known(), proposal.action.name)
  return counts
    ? deps.callTurns.take(proposal.agent.id, () => tryToHold(deps, proposal, arrival))
    : tryToHold(deps, proposal, arrival)
}

async function tryToHold(deps: HoldDeps, proposal: Proposal, arrival: Arrival): Promise<Result<OpenedRequest>> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const policy = await (tries === 0 ? deps.policy.known() : deps.policy.read())
    const held = await holdUnder(deps, policy, proposal, arrival)
    if (held !== 'outdated') return held
  }
  return refuse('rate_limited', 'The policy, or the calls that it counts, changed again and again. Try again.', {
    retryAfterSeconds: 1,
  })
}

/** Each means that another call was counted in between, at another process. */
const MAX_TRIES = 50

async function holdUnder(
  deps: HoldDeps,
  policy: Policy,
  given: Proposal,
  arrival: Arrival,
): Promise<Result<OpenedRequest> | 'outdated'> {
  const proposal = await withinSession(deps, policy, given)
  const { decision: asked, people, known } = await decideOn(deps, policy, proposal)
  const decided = await forKnownAgents(deps, proposal, await byOthers(deps, proposal, asked))
  if (decided.effect === 'deny' && (await deps.policy.read()).version !== policy.version) return 'outdated'
  const { granted, outside } = await searchGrants(deps, proposal, decided)
  const decision = granted?.decision ?? explained(decided, outside)
  if (decision.effect === 'deny') {
    const record = await recordOf(deps, proposal, decision, arrival, null)
    noticeDecision(deps, proposal, { policy, decision: asked, request: null })
    return denied(deps, proposal, decision.reason, record.entries)
  }
  const request = await openedRequest(proposal, decision, policy, granted?.grant)
  const record = await recordOf(deps, proposal, decision, arrival, request)
  if (outside && proposal.within !== null) {
    const refusal = { ...outside, message: `${outside.message} Propose it without grant, and people decide.` }
    return refusedUnopened(deps, proposal, request, record.entries.slice(0, 1), refusal)
  }
  return openUnder(deps, { policy, proposal, arrival, asked, people, known, granted, decision, request, record })
}

/** A call that a grant comes near to says why people are asked all the same. */
const explained = (decision: PolicyDecision, outside: Refusal | undefined): PolicyDecision =>
  outside ? { ...decision, reason: `${decision.reason} ${outside.message}` } : decision

/** A proposal, and all that is known of it before it becomes a request. */
interface Weighed extends Pick<Awaited<ReturnType<typeof decideOn>>, 'people' | 'known'> {
  readonly policy: Policy
  readonly proposal: Proposal
  readonly arrival: Arrival
  /** As the policy answered; `decision` is what came of it. */
  readonly asked: PolicyDecision
  readonly decision: PermittedDecision
  readonly granted: Granted | undefined
  readonly request: ApprovalRequest
  readonly record: Awaited<ReturnType<typeof recordOf>>
}

/** One statement opens the request, or says why not. */
async function openUnder(deps: HoldDeps, weighed: Weighed): Promise<Result<OpenedRequest> | 'outdated'> {
  const { proposal, arrival, granted, decision, request, record } = weighed
  const unclear = unclearPath(request.catalogueEntry, proposal.action.arguments, undoPaths(request))
  if (unclear !== undefined) return readsTwoWays(unclear)
  const room = await roomFor(deps, request, record.payloads)
  if (!room.ok) return room
  const allowed = decision.effect === 'allow'
  const isSettled = allowed || granted !== undefined
  // Another actor collects its token itself, with its own key.
  const isServed = allowed && request.actor === request.agent
  const permitted = isServed && !proposal.bounds ? permittedBy(weighed) : null
  const proved = isServed && arrival.key ? await arrival.key.spend() : ok(true)
  if (!proved.ok) return proved
  const draft = isServed
    ? await draftToken(deps, request, { consents: [], jkt: arrival.key?.jkt ?? null, grant: null, permitted })
    : null
  const verdict = await deps.store.openRequest({
    request: rowOf(request),
    separation: granted?.grant.separation ?? null,
    series: request.series,
    notices: isSettled ? [] : noticesOf(request, deps.config.escalateAfterSeconds),
    idempotency: arrival.idempotency,
    challenge: arrival.challenge,
    limits: isSettled || isRelease(proposal, deps.config.origin) ? null : deps.config,
    token: draft && { issued: draft.token, entry: draft.entry },
    history: turnOf(weighed.known, {
      name: proposal.action.name,
      now: proposal.now,
      uses: request.terms.uses,
      settledBy: allowed ? 'policy' : granted ? 'people' : null,
      isGrant: proposal.bounds !== null,
    }),
    ...record,
  })
  switch (verdict.verdict) {
    case 'opened':
      noticeOpened(deps, weighed, permitted)
      return granted
        ? collected(deps, request, proposal.agent, arrival.key)
        : opened(deps, request, decision, draft, verdict.leaf)
    case 'killed':
      return refusedUnopened(deps, proposal, request, record.entries.slice(0, 1), KILLED)
    case 'stale_policy':
    case 'outdated_history':
      return 'outdated'
    default:
      return notOpened(deps, verdict, proposal.agent, arrival.key)
  }
}

/** The process keeps the decision for the observer, and for the redemption of a token that it serves. */
function noticeOpened(deps: HoldDeps, weighed: Weighed, permitted: Permitted | null): void {
  const { policy, proposal, asked, request } = weighed
  noticeDecision(deps, proposal, { policy, decision: asked, request: request.id })
  if (permitted) deps.permittedCalls.keep(permitted)
}

/** Null where the policy alone did not allow it. */
const permittedBy = ({ asked, granted, request, policy, proposal, people }: Weighed): Permitted | null =>
  asked.effect === 'allow' && !granted ? { call: permittedCall(request, policy, proposal), people } : null

const undoPaths = ({ catalogueEntry: { undo } }: ApprovalRequest) => (undo ? pathsOfUndo(undo) : [])

/** Releasing a kill switch must be possible however many other requests wait. */
const isRelease = ({ action, executor }: Proposal, origin: string): boolean =>
  executor.audience === origin && action.name === 'countersign.killswitch.release'

/** A call under a grant comes with its token at once. Where that cannot be, it can be collected later. */
async function collected(
  deps: HoldDeps,
  request: ApprovalRequest,
  agent: Agent,
  key: ProvenKey | null,
): Promise<Result<OpenedRequest>> {
  const { id, trace, grant } = request
  deps.meters.decided('granted')
  deps.log.info('request.opened', { trace, request: id, agent: agent.id, decision: 'approval', grant })
  if (request.actor !== agent.id) return ok({ request, token: null })
  const minted = await collectBound(deps, { kind: 'agent', credentialId: '', agent }, id, key)
  return minted.ok ? ok({ request: { ...request, jti: minted.value.jti }, token: minted.value }) : minted
}

/** An allowed request comes with its token, where the agent is its actor. */
async function opened(
  deps: HoldDeps,
  request: ApprovalRequest,
  decision: PermittedDecision,
  draft: TokenDraft | null,
  leaf: Uint8Array | null,
): Promise<Result<OpenedRequest>> {
  const { id, trace, agent } = request
  deps.meters.decided(decision.effect)
  deps.log.info('request.opened', { trace, request: id, agent, decision: decision.effect })
  if (!draft || !leaf || decision.effect !== 'allow') return ok({ request, token: null })
  const withToken = { ...request, jti: draft.token.jti }
  const minted = await mintCommitted(deps, { origin: 'policy', decision }, draft.token.claims, draft, leaf)
  return minted.ok ? ok({ request: withToken, token: minted.value }) : minted
}

async function notOpened(
  deps: HoldDeps,
  verdict: Exclude<OpenVerdict, { readonly verdict: 'opened' | 'killed' | 'stale_policy' | 'outdated_history' }>,
  agent: Agent,
  key: ProvenKey | null,
): Promise<Result<OpenedRequest>> {
  switch (verdict.verdict) {
    case 'replayed':
      return reopened(deps, verdict.request, agent, key)
    case 'challenge_used':
      if (verdict.agent === agent.id) return reopened(deps, verdict.request, agent, key)
      return refuse('forbidden', 'This challenge was relayed by another agent.')
    case 'idempotency_mismatch':
      return keyReused()
    case 'undo_waits':
      return refuse('request_pending', 'It is proposed already to undo this. The page of the request leads there.', {
        status: 409,
      })
    case 'agent_limit':
      return refuse('rate_limited', 'Too many of this agent’s requests wait for an answer. Wait, or withdraw some.', {
        retryAfterSeconds: 30,
      })
    case 'group_limit':
      return refuse('rate_limited', 'Too many requests wait for these approvers. Try again later.', {
        retryAfterSeconds: 30,
      })
  }
}

/** A proposal that the policy denies opens no request, but leaves its entries. */
async function denied(
  deps: HoldDeps,
  proposal: Proposal,
  reason: string,
  entries: readonly PreparedEntry[],
): Promise<Result<OpenedRequest>> {
  const trace = await recordRefusal(deps, unopened(proposal, 'policy_denied', entries))
  deps.meters.decided('deny')
  deps.log.info('request.denied', { trace, agent: proposal.agent.id, name: proposal.action.name })
  return refuse('policy_denied', `${reason} Nothing was asked of anyone. Trace ${trace}.`)
}

/** A proposal that a kill switch stops, or its grant does not cover, opens no request either; its entry and the refusal are kept. */
async function refusedUnopened(
  deps: HoldDeps,
  proposal: Proposal,
  request: ApprovalRequest,
  created: readonly PreparedEntry[],
  refusal: Refusal,
): Promise<Result<OpenedRequest>> {
  const { code } = refusal
  const entry = await requestEntry(request, 'token.refused', deps.now(), { code })
  const trace = await recordRefusal(deps, unopened(proposal, code, [...created, entry]))
  deps.meters.decided('stopped')
  deps.log.warn(code === KILLED.code ? 'request.killed' : 'request.refused', {
    trace,
    agent: request.agent,
    name: request.name,
    code,
  })
  return refused(refusal)
}

/** The same call again is a new action, with another salt: who asked for what, where, makes such refusals identical. */
function unopened({ id, agent, ...proposal }: Proposal, code: Refusal['code'], entries: readonly PreparedEntry[]) {
  const { principal, executor, action } = proposal
  const members = { agent: agent.id, principal, executor: executor.audience, name: action.name, code }
  return { by: { agent: agent.id }, trace: traceOf(id), members, entries }
}

export function rowOf(request: ApprovalRequest): RequestRow {
  const {
    action: _a,
    reason: _r,
    consents: _c,
    separation: _s,
    jti: _j,
    series: _b,
    changedTo: _t,
    preview,
    ...row
  } = request
  return { previewBy: preview?.by ?? null, previewDigest: preview?.digest ?? null, ...row }
}
