/**
 * Asks the policy in force again about a request that it held before, with the agent, the executor and the people of
 * now. What it refuses now is neither consented to nor collected. Writes nothing. SPEC 11.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { PolicyDecision } from '../../domain/policy/policy.ts'
import { asksMore, covers } from '../../domain/policy/requirements.ts'
import { ok, type Refusal, type Result, refuse } from '../../domain/refusal.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'
import { type AskNeeds, askKnowing, askSeries, peopleFor } from './ask-policy.ts'
import { forKnownAgents } from './known-agents.ts'
import { type Permitted, permittedCall } from './permitted-calls.ts'

/** Its reads go beside each other. */
export type AgainNeeds = AskNeeds & Uses<CallerStore, 'policy' | 'now' | 'parties' | 'reads'>

export interface DecidedAgain extends Permitted {
  readonly decision: PolicyDecision
}

type Policies = AgainNeeds['policy']

/** The parties of a request and the policy, as they are now. */
export type World = Awaited<ReturnType<typeof readWorld>>

export async function readWorld(deps: AgainNeeds, { agent: id, principal, audience, name }: ApprovalRequest) {
  // The known policy is mostly the one in force, so the people that it counts are read beside it.
  const known = await deps.policy.known()
  const [agent, executor, policy, people] = await Promise.all([
    deps.parties.readAgent(id, principal),
    deps.reads.executor(audience),
    deps.policy.read(),
    peopleFor({ store: deps.reads }, known, name),
  ])
  return { agent, executor, policy, people: policy === known ? people : undefined }
}

/** `grant`: the one under which it was approved. Refuses: `policy_denied`. */
export async function decideAgain(
  deps: AgainNeeds,
  request: ApprovalRequest,
  grant: ApprovalRequest | null,
  world: World,
): Promise<Result<DecidedAgain>> {
  const again = await askAgain(deps, request, world)
  if (!again) return refuse('policy_denied', 'The agent, the executor or the action is gone.')
  const why = whyRefused(again.decision, request, grant)
  return why === null ? ok(again) : refuse('policy_denied', why)
}

/** The refusal of a request that nobody was asked about under a grant; undefined where the policy still permits it. */
export async function refusalNow(deps: AgainNeeds, request: ApprovalRequest): Promise<Refusal | undefined> {
  const again = await decideAgain(deps, request, null, await readWorld(deps, request))
  return again.ok ? undefined : again.refusal
}

/** Questions under way, by policy and request: looks that come meanwhile share one. */
const looks = new WeakMap<Policies, Map<string, Promise<Refusal | undefined>>>()

/**
 * The same for those who only look, and may do so often. A grant takes a question for each sample of its bounds, and is
 * asked about when somebody opens its page or consents.
 */
export function refusalSeen(deps: AgainNeeds, request: ApprovalRequest): Promise<Refusal | undefined> {
  if (request.series) return Promise.resolve(undefined)
  const underWay = looks.get(deps.policy) ?? new Map<string, Promise<Refusal | undefined>>()
  looks.set(deps.policy, underWay)
  const asked = underWay.get(request.id) ?? refusalNow(deps, request).finally(() => underWay.delete(request.id))
  underWay.set(request.id, asked)
  return asked
}

function whyRefused(
  decision: PolicyDecision,
  { origin, terms }: ApprovalRequest,
  grant: ApprovalRequest | null,
): string | null {
  if (decision.effect === 'deny') return `${decision.reason} It was possible before; it is not now.`
  if (grant) return covers(grant.terms, decision) ? null : NOT_UNDER_GRANT
  if (asksMore(decision, terms)) return ASKS_MORE
  return origin === 'policy' && decision.effect !== 'allow' ? ASKS_PEOPLE : null
}

const NOT_UNDER_GRANT = 'The policy no longer permits this call under a grant. Ask again.'
const ASKS_MORE = 'The policy now asks for other or more people, or for more than they gave. Open a new request.'
const ASKS_PEOPLE = 'The policy now asks for human consent. Open a new request.'

/** Undefined where a party is gone, or the arguments are. */
async function askAgain(
  deps: AgainNeeds,
  request: ApprovalRequest,
  { agent, executor, policy, people: counted }: World,
): Promise<DecidedAgain | undefined> {
  const { actors, action, preview, stateDigest, principal, name, series } = request
  if (!agent || !executor || !action) return undefined
  const call = {
    agent,
    actors,
    principal,
    executor,
    name,
    resource: action.resource,
    arguments: action.arguments,
    preview: preview?.content ?? null,
    state: stateDigest,
    now: deps.now(),
  }
  const permitted = permittedCall(request, policy, { agent, executor })
  if (series) {
    if (!series.bounds) return undefined
    const asked = { ...call, arguments: action.arguments, bounds: series.bounds }
    const decision = await askSeries(deps, policy, asked, request.id, counted)
    return { decision, people: null, call: permitted }
  }
  const { decision: asked, people } = await askKnowing(deps, policy, call, request.id, counted)
  return { decision: await forKnownAgents(deps, request, asked), people, call: permitted }
}
