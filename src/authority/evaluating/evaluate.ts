/**
 * Tells an agent what policy would decide about its action now: asks nobody, opens no request, writes no entry. Where
 * people could approve, it says where to propose, with a token that binds the proposal to what was evaluated. SPEC 11.3.
 */
import { type Digest, ERROR_STATUS, type JsonObject, newSalt, parseAction, parsePreview } from '@countersign/verifier'
import type { Agent, Caller } from '../../domain/identity/parties.ts'
import type { PolicyDecision } from '../../domain/policy/policy.ts'
import { ok, type Refusal, type Result, refuse } from '../../domain/refusal.ts'
import { EVALUATION_LIFE_SECONDS, evaluationDigest, signEvaluation } from '../../domain/token/evaluation-token.ts'
import { othersTurn } from '../../domain/turns.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { Uses } from '../deps.ts'
import type { EvaluationReason } from '../meters.ts'
import { newId } from '../new-id.ts'
import { type AskedCall, askUnlessLeft, type PolicyNeeds } from '../policy/ask-policy.ts'
import { forKnownAgents } from '../policy/known-agents.ts'
import { unfitInWords } from '../policy/unfit-arguments.ts'
import { KILLED, parsing, tooMany } from '../refusals.ts'
import { readChainOf } from '../requests/agent-chain.ts'
import { areStopped } from '../stopped-parties.ts'

export type AgentCaller = Extract<Caller, { readonly kind: 'agent' }>

/** A later round of an approved call. */
export interface Continued {
  readonly jti: string
  readonly use: number
  /** Counted from 1: how often the call has come back. */
  readonly round: number
  /** Salted digest of what it comes back with. */
  readonly inputs: Digest
}

/** An action as AuthZEN words it. */
export interface AskedAccess {
  readonly subject: {
    readonly id: string
    /** Hash of the credential that the agent called an executor with. */
    readonly properties?: { readonly credential?: string | undefined } | undefined
  }
  readonly action: { readonly name: string; readonly properties?: Readonly<Record<string, unknown>> | undefined }
  readonly resource: { readonly id: string; readonly properties: { readonly audience: string } }
  readonly context?:
    | {
        readonly principal?: string | undefined
        readonly preview?: Readonly<Record<string, unknown>> | undefined
        readonly state?: Digest | undefined
        /** From the agent that lets this one act for it. */
        readonly actor_token?: string | undefined
        /** The salt of the action that an executor asks about. */
        readonly salt?: string | undefined
        /** For an executor: the approved call of which this is a later round. */
        readonly continues?: Continued | undefined
      }
    | undefined
}

export interface AccessRequestOffer {
  readonly endpoint: string
  readonly expiresAt: number
  readonly bindingToken: string
  readonly display: { readonly title: string; readonly description: string }
}

export interface Evaluated {
  readonly reason: EvaluationReason
  readonly detail: string
  readonly evaluatedAt: number
  readonly decided?: Pick<PolicyDecision, 'policy' | 'policies'>
  readonly accessRequest?: AccessRequestOffer
  /** The entry of a call that an executor may make now. */
  readonly call?: { readonly digest: Digest; readonly salt: string; readonly trace: string }
  readonly error?: { readonly status: number; readonly message: string }
}

export type EvaluateNeeds = PolicyNeeds &
  Uses<CallerStore & Pick<StopStore, 'killSwitches'>, 'config' | 'keys' | 'limits' | 'meters' | 'now' | 'randomBytes'>

/** An action that was read: its arguments are there. */
export type AskedQuery = AskedCall & { readonly arguments: JsonObject; readonly salt: string }

/** Refuses: `forbidden`, `not_found`, `invalid_request`. */
export async function evaluate(
  needs: EvaluateNeeds,
  caller: AgentCaller,
  asked: AskedAccess,
): Promise<Result<Evaluated>> {
  const query = await parsing(() => queryOf(needs, caller.agent, asked))
  if (!query.ok) return query
  const evaluated = await evaluateQuery(needs, query.value)
  needs.meters.evaluated(evaluated.reason)
  return ok(evaluated)
}

export type Semantic = 'execute_all' | 'deny_on_first_deny' | 'permit_on_first_permit'

/** One after another with a turn between them: no list takes the time of other calls. One that is refused is a no. */
export async function evaluateAll(
  needs: EvaluateNeeds,
  caller: AgentCaller,
  list: readonly AskedAccess[],
  semantic: Semantic,
): Promise<Result<readonly Evaluated[]>> {
  // The call itself has been counted.
  const waitSeconds = await needs.limits.take('agentCalls', caller.agent.id, list.length - 1)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  const all: Evaluated[] = []
  for (const asked of list) {
    if (all.length > 0) await othersTurn()
    const result = await evaluate(needs, caller, asked)
    const one = result.ok ? result.value : notEvaluated(result.refusal, needs.now())
    all.push(one)
    const isPermit = one.reason === 'allowed'
    if (semantic === (isPermit ? 'permit_on_first_permit' : 'deny_on_first_deny')) break
  }
  return ok(all)
}

const notEvaluated = ({ code, status, message }: Refusal, evaluatedAt: number): Evaluated => ({
  reason: 'not_evaluated',
  detail: message,
  evaluatedAt,
  error: { status: status ?? ERROR_STATUS[code], message },
})

/** Throws `ApprovalError` for an action or a preview that is malformed. */
async function queryOf(needs: EvaluateNeeds, agent: Agent, asked: AskedAccess): Promise<Result<AskedQuery>> {
  const { store, config, now } = needs
  if (asked.subject.id !== agent.id)
    return refuse('forbidden', `An agent asks about itself alone. Send ${agent.id} as subject.id.`)
  const { audience } = asked.resource.properties
  if (audience === config.origin)
    return refuse('forbidden', 'Changes to the authority are proposed by its operator or an admin.')
  const executor = await store.executor(audience)
  if (!executor)
    return refuse('not_found', 'No executor is registered for this audience. Check the spelling.', { status: 404 })
  const chain = await readChainOf(needs, agent.id, { actorToken: asked.context?.actor_token })
  if (!chain.ok) return chain
  const query = readQuery({ agent, executor, actors: chain.value.actors }, asked, now())
  const unfit = unfitInWords(executor, query)
  return unfit === null ? ok(query) : refuse('invalid_request', unfit)
}

/** Throws `ApprovalError` for an action or a preview that is malformed. */
export function readQuery(
  { agent, executor, actors }: Pick<AskedCall, 'agent' | 'executor' | 'actors'>,
  { action, resource: { id }, context = {} }: AskedAccess,
  now: number,
): AskedQuery {
  const { name, properties = {} } = action
  const salt = context.salt ?? newSalt()
  return {
    ...parseAction({ name, resource: id, arguments: properties, salt }),
    agent,
    actors,
    principal: context.principal ?? agent.principals[0] ?? agent.id,
    executor,
    preview: context.preview === undefined ? null : parsePreview(context.preview),
    state: context.state ?? null,
    now,
  }
}

async function evaluateQuery(needs: EvaluateNeeds, query: AskedQuery): Promise<Evaluated> {
  const evaluatedAt = query.now
  if (await isStopped(needs, query)) return { reason: 'killed', detail: KILLED.message, evaluatedAt }
  const asked = await askUnlessLeft(needs, await needs.policy.read(), query)
  const decision = await forKnownAgents(needs, query, asked.decision)
  const found = { detail: decision.reason, evaluatedAt, decided: decision }
  switch (decision.effect) {
    case 'allow':
      return { reason: 'allowed', ...found }
    case 'deny':
      return { reason: 'policy_denied', ...found }
    case 'approval':
      return { reason: 'approval_required', ...found, accessRequest: await offerFor(needs, query, decision.reason) }
  }
}

const isStopped = (needs: EvaluateNeeds, { agent, actors, principal, executor, name }: AskedQuery): Promise<boolean> =>
  areStopped(needs, { agents: [agent.id, ...actors], principal, executor: executor.audience, action: name })

export async function offerFor(
  { config, keys, randomBytes }: Pick<EvaluateNeeds, 'config' | 'keys' | 'randomBytes'>,
  query: AskedQuery,
  description: string,
): Promise<AccessRequestOffer> {
  const { agent, executor, now: iat } = query
  const evaluation = await evaluationDigest({ ...query, agent: agent.id, executor: executor.audience })
  const claims = { iss: config.origin, jti: newId(randomBytes), iat, evaluation }
  return {
    endpoint: `${config.origin}/requests`,
    expiresAt: iat + EVALUATION_LIFE_SECONDS,
    bindingToken: await signEvaluation(claims, await keys.current(iat)),
    display: { title: 'Ask for approval', description },
  }
}
