/**
 * Makes changes to the authority itself: one transaction redeems the token and makes the change.
 *
 * Before there is an admin no token can exist: then the operator's credential alone makes the changes whose row allows
 * it, as long as the first admin can be shown them. Their entries say `bootstrap: true`. SPEC 10.
 */
import { type ActionSpec, type ApprovalClaims, digestOf, openToken, parseAction } from '@countersign/verifier'
import { newTrace, traceOf } from '../../domain/approval/approval-request.ts'
import { ownAgent } from '../../domain/identity/own-agents.ts'
import { type Initiator, isPerson } from '../../domain/identity/parties.ts'
import { type EntryMembers, partiesOfClaims, prepareEntry } from '../../domain/ledger/entry.ts'
import { isFilled, type Member } from '../../domain/policy/quorum.ts'
import { ok, type Refusal, type Result, refuse, refused } from '../../domain/refusal.ts'
import { refusalOf } from '../../domain/token/validate-redemption.ts'
import type { AgentSessionStore } from '../../store/contract/agent-session-store.ts'
import type { ChangeStore } from '../../store/contract/change-store.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { EntriesFor, RequestStore } from '../../store/contract/request-store.ts'
import type { RedemptionAttempt, TokenStore } from '../../store/contract/token-store.ts'
import type { Uses } from '../deps.ts'
import { askVersion, type PolicyNeeds } from '../policy/ask-policy.ts'
import { type RefusalNeeds, recordRefusal } from '../refusal-record.ts'
import { parsing } from '../refusals.ts'
import { byOthers } from '../requests/recovery-quorum.ts'
import { demandKey, type PossessionProof } from '../tokens/possession.ts'
import { type ChangeNeeds, type OwnChangeResult, type PreparedChange, taken } from './own-change.ts'
import { type OwnAction, parseOwnChange } from './own-changes.ts'
import { validateOwnToken } from './validate-own-token.ts'

type PerformNeeds = ChangeNeeds &
  RefusalNeeds &
  PolicyNeeds &
  Uses<ChangeStore & PeopleStore & AgentSessionStore & RequestStore & TokenStore, 'log'>

/** `token` is null only before the first admin. */
export function performChange(
  deps: PerformNeeds,
  by: Initiator,
  {
    action: untrusted,
    token,
    possession,
  }: {
    readonly action: unknown
    readonly token: string | null
    readonly possession?: PossessionProof | undefined
  },
): Promise<Result<OwnChangeResult>> {
  return parsing(async () => {
    const action = parseAction(untrusted)
    const change = parseOwnChange(action)
    if (!change.ok) return change
    return token === null
      ? makeBeforeFirstAdmin(deps, by, change.value)
      : makeApproved(deps, by, { action, change: change.value, token, possession })
  })
}

const tokenMissing = () =>
  refuse('token_missing', 'This change needs an admin’s approval. Propose it, then send its token in Approval-Token.')

/** All that is registered before the first admin, who reads it in full. */
const MAX_REGISTERED_BYTES = 32_768

const tooMuchBeforeFirstAdmin = () =>
  refuse(
    'forbidden',
    'The first admin reads everything registered before, and this would be more than they can be shown. Enrol the first admin with the link that the server printed, then register the rest with their approval.',
  )

async function makeBeforeFirstAdmin(
  deps: PerformNeeds,
  by: Initiator,
  change: OwnAction,
): Promise<Result<OwnChangeResult>> {
  if (isPerson(by) || by.kind !== 'operator' || !change.row.beforeFirstAdmin) return tokenMissing()
  const prepared = await change.prepare(deps, { request: null, proposer: null })
  if (!prepared.ok) return prepared
  const { type, members, answer } = prepared.value
  const trace = newTrace(deps.randomBytes)
  const entry = await prepareEntry(type, deps.now(), trace, { ...members, bootstrap: true })
  const { change: made } = prepared.value
  const bounds = { issuer: deps.config.origin, maxBytes: MAX_REGISTERED_BYTES }
  const { verdict } = await deps.store.administerAtBootstrap({ change: made, entries: [entry], ...bounds })
  if (verdict === 'admin_exists') return tokenMissing()
  if (verdict === 'too_much') return tooMuchBeforeFirstAdmin()
  if (verdict === 'exists') return conflictOf(change, answer)
  deps.log.info('administration.done', { name: change.row.name, subject: answer.subject, bootstrap: true, trace })
  return ok({ name: change.row.name, ...answer })
}

/** The authority verifies the token as any executor would. */
async function makeApproved(
  deps: PerformNeeds,
  by: Initiator,
  {
    change,
    action,
    token,
    possession,
  }: {
    readonly change: OwnAction
    readonly action: ActionSpec
    readonly token: string
    readonly possession: PossessionProof | undefined
  },
): Promise<Result<OwnChangeResult>> {
  const { claims } = await openToken(token, (kid) => deps.keys.resolve(kid, deps.now()))
  const valid = await validateOwnToken(deps, by, { claims, action })
  if (!valid.ok) return refuseChange(deps, claims, valid.refusal)
  const held = claims.cnf ? await demandKey(deps, possession, { token, jkt: claims.cnf.jkt }) : ok(true)
  if (!held.ok) return refuseChange(deps, claims, held.refusal)
  const { request } = claims.approval
  const prepared = await change.prepare(deps, { request, proposer: claims.sub })
  if (!prepared.ok) return refuseChange(deps, claims, prepared.refusal)
  const redeem = await redemptionOf(deps, claims, { action, token, members: valid.value })
  if (!redeem.ok) return refuseChange(deps, claims, redeem.refusal)
  const { change: made, payloads = [] } = prepared.value
  const entries = await entriesOf(deps, claims, prepared.value)
  const [entry] = entries
  const entriesFor: EntriesFor = async (ended) => (entry && prepared.value.entriesFor?.(entry, ended)) ?? []
  const { verdict } = await deps.store.administer({
    redeem: redeem.value,
    change: made,
    entries,
    payloads,
    entriesFor,
  })
  if (verdict !== 'redeemed') return refuseChange(deps, claims, refusalOfVerdict(verdict, change, prepared.value))
  const { answer } = prepared.value
  deps.keys.refresh()
  deps.log.info('administration.done', { name: change.row.name, subject: answer.subject, trace: traceOf(request) })
  return ok({ name: change.row.name, ...answer })
}

function entriesOf({ config, now }: PerformNeeds, claims: ApprovalClaims, prepared: PreparedChange) {
  const { jti, sub: principal, act, approval } = claims
  const parties = { request: approval.request, jti, agent: act.sub, principal, executor: config.origin }
  const entryOf = ({ type, members }: Pick<PreparedChange, 'type' | 'members'>, more: EntryMembers) =>
    prepareEntry(type, now(), traceOf(approval.request), { ...more, ...members })
  const { further = [], sealed = [] } = prepared
  return Promise.all([
    ...[prepared, ...further].map((fact) => entryOf(fact, parties)),
    ...sealed.map((fact) => entryOf(fact, {})),
  ])
}

type Verdict = Awaited<ReturnType<ChangeStore['administer']>>['verdict']

/** The refusal of a token is a fact of the ledger. */
async function refuseChange(deps: PerformNeeds, claims: ApprovalClaims, refusal: Refusal) {
  const trace = traceOf(claims.approval.request)
  const { code } = refusal
  deps.log.warn('token.refused', { trace, jti: claims.jti, code })
  await recordRefusal(deps, { by: { agent: claims.act.sub }, trace, members: { ...partiesOfClaims(claims), code } })
  return refused(refusal)
}

function refusalOfVerdict(
  verdict: Exclude<Verdict, 'redeemed'>,
  change: OwnAction,
  { answer }: PreparedChange,
): Refusal {
  switch (verdict) {
    case 'exists':
      return conflictOf(change, answer).refusal
    case 'unauthenticated':
    case 'stale_party':
      return {
        code: 'policy_denied',
        message: 'The policy or the authority’s own catalogue has changed. Propose the change again.',
      }
    default:
      return refusalOf(verdict)
  }
}

/** Refuses with `policy_denied` what the policy permits no more, or only with more or other people than consented. */
async function redemptionOf(
  deps: PerformNeeds,
  claims: ApprovalClaims,
  {
    action,
    token,
    members,
  }: { readonly action: ActionSpec; readonly token: string; readonly members: readonly Member[] },
): Promise<Result<RedemptionAttempt>> {
  const { config, store, now } = deps
  const own = await store.executor(config.origin)
  if (!own) throw new Error('The authority is not registered as its own executor')
  const [policy, request] = await Promise.all([deps.policy.read(), store.request(claims.approval.request)])
  const asked = await askVersion(deps, policy, {
    agent: ownAgent(claims.act.sub, claims.sub),
    actors: [],
    principal: claims.sub,
    executor: own,
    name: action.name,
    resource: action.resource,
    arguments: action.arguments,
    preview: request?.preview?.content ?? null,
    state: null,
    now: now(),
  })
  const decision = await byOthers(deps, { action, executor: own }, asked)
  if (decision.effect === 'deny')
    return refuse('policy_denied', `${decision.reason} It was possible before; it is not now.`)
  if (decision.terms.quorum > claims.approval.quorum)
    return refuse('policy_denied', 'The policy now asks more people. Propose the change again.')
  if (!isFilled(decision.terms, members))
    return refuse('policy_denied', 'The policy asks other people than those who consented. Propose the change again.')
  return ok({
    jti: claims.jti,
    audience: config.origin,
    claimsDigest: await digestOf(claims),
    credentialHash: '',
    executorVersion: own.version,
    agentVersion: null,
    grant: null,
    policyVersion: policy.version,
    people: null,
    now: now(),
    signature: token.slice(token.lastIndexOf('.') + 1),
    entryFor: (use) =>
      prepareEntry('token.redeemed', now(), traceOf(claims.approval.request), { ...partiesOfClaims(claims), use }),
  })
}

function conflictOf({ row }: OwnAction, { subject }: PreparedChange['answer']) {
  return row.conflict?.() ?? taken(subject)
}
