/**
 * Tells an executor whether an agent's call may run now. An allowed call is one entry (`call.allowed`), decided and
 * written in one statement, and needs no token; so is a later round of an approved one (`call.continued`). A denial is a
 * refusal in the ledger; it says whether people could approve the call. SPEC 11.3.
 */
import { actionDigest } from '@countersign/verifier'
import { newTrace } from '../../domain/approval/approval-request.ts'
import { isOwnAgent } from '../../domain/identity/own-agents.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import type { PermittedDecision, Policy, PolicyDecision } from '../../domain/policy/policy.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { AllowedCallStore, AskedParties, Barred } from '../../store/contract/allowed-call-store.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'
import { askUnlessLeft } from '../policy/ask-policy.ts'
import { type Freshness, haveChanged, partiesFor } from '../policy/call-parties.ts'
import { forKnownAgents } from '../policy/known-agents.ts'
import { unfitInWords } from '../policy/unfit-arguments.ts'
import { type RefusalNeeds, recordRefusal } from '../refusal-record.ts'
import { KILLED, parsing, tooMany } from '../refusals.ts'
import { isCounted } from '../requests/decide-proposal.ts'
import { type ContinuedCall, type ContinuedNeeds, continuedCall } from './continued-call.ts'
import {
  type AskedAccess,
  type AskedQuery,
  type Evaluated,
  type EvaluateNeeds,
  offerFor,
  readQuery,
} from './evaluate.ts'

type Needs = EvaluateNeeds &
  RefusalNeeds &
  ContinuedNeeds &
  Uses<AllowedCallStore & CallerStore, 'parties' | 'observer'>

/** The hash of an executor's credential: its validity is part of the deciding statement. */
export interface Asker {
  readonly credentialHash: string
}

/** Refuses: `unauthenticated`, `forbidden`, `not_found`, `rate_limited`, `invalid_request`. */
export async function allowCall(deps: Needs, asker: Asker, asked: AskedAccess): Promise<Result<Evaluated>> {
  const audience = await deps.parties.executorHolding(asker.credentialHash, deps.now())
  if (audience === undefined) return UNKNOWN
  if (asked.resource.properties.audience !== audience)
    return refuse('forbidden', `An executor asks about its own calls alone. Send ${audience} as the audience.`)
  if (isOwnAgent(asked.subject.id)) return NO_AGENT
  if (asked.context?.actor_token !== undefined) return IN_CHAIN
  const waitSeconds = await deps.limits.take('executorCalls', audience)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  return parsing(() => settle(deps, asker, asked))
}

const IN_CHAIN = refuse(
  'invalid_request',
  'A call in a chain of agents is proposed: leave actor_token out, or open a request.',
)
const UNKNOWN = refuse(
  'unauthenticated',
  'This credential is unknown, revoked or expired. Ask an operator for another.',
)
const REVOKED = refuse('token_revoked', 'The approval of this call was revoked: it does not go on.')
const UNKNOWN_AGENT = refuse(
  'unauthenticated',
  'The agent’s credential is unknown, revoked, expired, or of another agent. Ask an operator for another.',
)
const NO_AGENT = refuse('not_found', 'No agent is registered under this id. Check the spelling.', { status: 404 })

/** A no is never given on what may be outdated, and a yes is compared by the statement that writes it. */
async function settle(deps: Needs, asker: Asker, asked: AskedAccess): Promise<Result<Evaluated>> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const answer = await answerTo(deps, asker, asked, tries === 0 ? 'known' : 'now')
    if (answer === 'outdated') continue
    if (answer.ok) deps.meters.evaluated(answer.value.reason)
    return answer
  }
  return tooMany(1)
}

const MAX_TRIES = 50

async function answerTo(
  deps: Needs,
  asker: Asker,
  asked: AskedAccess,
  as: Freshness,
): Promise<Result<Evaluated> | 'outdated'> {
  const { audience } = asked.resource.properties
  const found = await continuedCall(deps, asked)
  if (!found.ok) return found
  const continued = found.value
  const named = {
    audience,
    agent: asked.subject.id,
    principal: continued?.request.principal ?? asked.context?.principal ?? '',
  }
  const { executor, agent } = await partiesFor(deps, named, as)
  if (!executor) return UNKNOWN
  if (!agent) return NO_AGENT
  // Each call counts for its agent at this executor, too: no executor uses up an agent's calls elsewhere.
  const waitSeconds = as === 'known' ? await deps.limits.take('agentCalls', `${agent.id} at ${audience}`) : null
  if (waitSeconds !== null) return tooMany(waitSeconds)
  const query = readQuery({ agent, executor, actors: [] }, withRequest(asked, continued), deps.now())
  const policy = await (as === 'known' ? deps.policy.known() : deps.policy.read())
  const unfit = unfitInWords(executor, query)
  const { decision, people } = unfit === null ? await decisionOn(deps, policy, query, continued) : UNDECIDED
  const parties = askedParties(asker, asked, query, continued)
  if (decision && decision.effect !== 'deny' && mayRun(policy, decision, query, continued))
    return written(deps, parties, { query, policy, decision, people, continued })
  const isNo = decision === null || decision.effect === 'deny'
  if (isNo && as === 'known' && (await haveChanged(deps, named, { executor, agent, policy }))) return 'outdated'
  const barred = await deps.store.barredFrom(parties)
  if (barred) return refusedAs(deps, parties, barred, query)
  if (!decision) return misfit(deps, query, unfit ?? '')
  return decision.effect === 'deny' ? denied(deps, query, policy, decision) : offered(deps, query, decision)
}

const askedParties = (
  { credentialHash }: Asker,
  { subject: { properties } }: AskedAccess,
  { agent, principal, executor, name, now }: AskedQuery,
  continued: ContinuedCall | null,
): AskedParties => ({
  ...{ agent: agent.id, principal, executor: executor.audience, name, now, credentialHash },
  agentCredentialHash: properties?.credential ?? null,
  continued: continued && redeemedOf(continued),
})

const redeemedOf = ({ jti, use, request: { id, trace, grant } }: ContinuedCall) => ({
  jti,
  use,
  request: id,
  trace,
  grant,
})

/** A later round has the principal and the salt of its request. */
function withRequest(asked: AskedAccess, continued: ContinuedCall | null): AskedAccess {
  if (!continued) return asked
  const { principal, action } = continued.request
  return { ...asked, context: { ...asked.context, principal, salt: action?.salt } }
}

const UNDECIDED = { decision: null, people: null }

async function misfit(deps: Needs, query: AskedQuery, words: string): Promise<Result<Evaluated>> {
  const trace = await refuseCall(deps, query, 'invalid_request')
  return refuse('invalid_request', `${words} Trace ${trace}.`)
}

async function denied(deps: Needs, query: AskedQuery, policy: Policy, decision: PolicyDecision) {
  deps.observer.notice({ call: query, policy, decision, request: null })
  await refuseCall(deps, query, 'policy_denied')
  const { reason: detail } = decision
  return ok<Evaluated>({ reason: 'policy_denied', detail, evaluatedAt: query.now, decided: decision })
}

async function decisionOn(deps: Needs, policy: Policy, query: AskedQuery, continued: ContinuedCall | null) {
  const { decision, people } = await askUnlessLeft(deps, policy, query, continued?.request.id)
  return { decision: await forKnownAgents(deps, query, decision), people }
}

interface PermittedQuery {
  readonly query: AskedQuery
  readonly policy: Policy
  readonly decision: PermittedDecision
  readonly people: number | null
  readonly continued: ContinuedCall | null
}

/** People can approve it, or its token comes at once when it is proposed. */
async function offered(deps: Needs, query: AskedQuery, decision: PermittedDecision): Promise<Result<Evaluated>> {
  const reason = decision.effect === 'allow' ? 'token_required' : 'approval_required'
  const { reason: detail } = decision
  const accessRequest = await offerFor(deps, query, detail)
  return ok<Evaluated>({ reason, detail, evaluatedAt: query.now, decided: decision, accessRequest })
}

/** A call that people approved may continue, also where the policy would ask them again. */
const mayRun = (policy: Policy, decision: PermittedDecision, query: AskedQuery, continued: ContinuedCall | null) =>
  continued !== null || (decision.effect === 'allow' && needsNoToken(policy, decision, query))

/** A call that counts, or that is bound to a session or another actor, goes the way of a request. */
const needsNoToken = (policy: Policy, { terms }: PermittedDecision, { name }: AskedQuery): boolean =>
  !isCounted(policy, name) && !policy.reads(name).session && terms.actor === null

async function written(deps: Needs, parties: AskedParties, permitted: PermittedQuery) {
  const { query, policy, decision, people, continued } = permitted
  const { salt, now } = query
  const { agent, principal, executor, name } = parties
  const trace = continued?.request.trace ?? newTrace(deps.randomBytes)
  const digest = await actionDigest(query, executor)
  const { policy: rules, policies, reason: detail } = decision
  const members = { agent, principal, executor, name }
  const facts = { action: digest, policy: rules, policies: [...policies.slice(0, MAX_POLICIES)] }
  const verdict = await deps.store.recordAllowedCall({
    ...parties,
    agentVersion: query.agent.version,
    executorVersion: query.executor.version,
    policyVersion: policy.version,
    people,
    entry: continued
      ? await prepareEntry('call.continued', now, trace, { ...members, ...facts, ...roundOf(continued) })
      : await prepareEntry('call.allowed', now, trace, { ...members, ...facts }),
  })
  if (verdict === 'stale') return 'outdated'
  if (verdict !== 'recorded') return refusedAs(deps, parties, verdict, query)
  deps.observer.notice({ call: query, policy, decision, request: null })
  const call = { digest, salt, trace }
  return ok<Evaluated>({ reason: 'allowed', detail, evaluatedAt: now, decided: decision, call })
}

const MAX_POLICIES = 20

const roundOf = ({ jti, use, round, inputs, request }: ContinuedCall) => ({
  request: request.id,
  jti,
  use,
  round,
  inputs,
})

async function refusedAs(
  deps: Needs,
  { credentialHash }: AskedParties,
  barred: Barred,
  query: AskedQuery,
): Promise<Result<Evaluated>> {
  switch (barred) {
    case 'unauthenticated':
      deps.parties.forgetCredential(credentialHash)
      return UNKNOWN
    case 'agent_unauthenticated':
      await refuseCall(deps, query, 'unauthenticated')
      return UNKNOWN_AGENT
    case 'revoked':
      await refuseCall(deps, query, 'token_revoked')
      return REVOKED
    case 'killed':
      await refuseCall(deps, query, 'killed')
      return ok({ reason: 'killed', detail: KILLED.message, evaluatedAt: query.now })
  }
}

/** Returns the trace of the refusal. */
const refuseCall = (
  deps: Needs,
  { agent, principal, executor, name }: AskedQuery,
  code: 'invalid_request' | 'policy_denied' | 'killed' | 'token_revoked' | 'unauthenticated',
): Promise<string> =>
  recordRefusal(deps, {
    by: { executor: executor.audience },
    trace: newTrace(deps.randomBytes),
    members: { agent: agent.id, principal, executor: executor.audience, name, code },
  })
