/**
 * Chains of agents: an agent asks for the token by which another acts for it, and the other proves the chain with its
 * proposal. A chain names registered agents, each once, and is no longer than the setting says. SPEC 2.4.
 */
import { type ActorChain, newTrace, subjectsOf } from '../../domain/approval/approval-request.ts'
import { actorChain } from '../../domain/approval/new-request.ts'
import { isOwnAgent } from '../../domain/identity/own-agents.ts'
import type { Caller } from '../../domain/identity/parties.ts'
import { ok, type Refusal, type Result, refuse, refused } from '../../domain/refusal.ts'
import { ACTOR_TOKEN_SECONDS, type ActorGrant, readActorToken, signActorToken } from '../../domain/token/actor-token.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { RepeatStore } from '../../store/contract/ledger-store.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { Uses } from '../deps.ts'
import { newId } from '../new-id.ts'
import { recordRefusal } from '../refusal-record.ts'
import { KILLED } from '../refusals.ts'
import { areStopped } from '../stopped-parties.ts'

/** The chain behind an agent. `actors`: its proven links, the nearest first; none where `act` is a claim. */
export interface Chain {
  readonly act: ActorChain
  readonly actors: readonly string[]
}

export interface ActorToken {
  readonly token: string
  readonly expiresAt: number
}

type ChainNeeds = Uses<RepeatStore, 'config' | 'keys' | 'limits' | 'now' | 'randomBytes'>
type IssueNeeds = ChainNeeds & Uses<Pick<CallerStore, 'agent'> & Pick<StopStore, 'killSwitches'>>

export interface ActorTokenOrder {
  /** The one agent that may present the token. */
  readonly child: string
  /** By which another agent lets the caller act for it. */
  readonly actorToken?: string | undefined
}

/** Refuses: `forbidden`, `invalid_request`, `not_found`, `killed`. */
export async function issueActorToken(
  needs: IssueNeeds,
  caller: Caller,
  order: ActorTokenOrder,
): Promise<Result<ActorToken>> {
  if (caller.kind !== 'agent' || isOwnAgent(caller.agent.id))
    return refuse('forbidden', 'Agents alone let others act for them. Use an agent’s credential.')
  const { id } = caller.agent
  const grant = await grantFor(needs, id, order)
  return grant.ok ? ok(await signed(needs, grant.value)) : recorded(needs, id, grant.refusal)
}

async function signed({ config, keys, now, randomBytes }: IssueNeeds, grant: ActorGrant): Promise<ActorToken> {
  const issue = { iss: config.origin, jti: newId(randomBytes), iat: now() }
  return { token: await signActorToken({ ...grant, ...issue }, await keys.current(issue.iat)), expiresAt: grant.exp }
}

/** It ends with the token that the parent has itself, at the latest. */
async function grantFor(
  needs: IssueNeeds,
  parent: string,
  { child, actorToken }: ActorTokenOrder,
): Promise<Result<ActorGrant>> {
  const behind = actorToken === undefined ? NOTHING : await readChain(needs, parent, actorToken)
  if (!behind.ok) return behind
  const act = actorChain(parent, behind.value.act)
  if (!act) return tooLong(needs)
  const fitting = await fitFor(needs, [child, ...subjectsOf(act)])
  const exp = Math.min(needs.now() + ACTOR_TOKEN_SECONDS, behind.value.exp)
  return fitting.ok ? ok({ act, child, exp }) : fitting
}

const NOTHING = ok({ act: undefined, exp: Infinity })

/** Whether these agents may stand in a chain, the one that is to ask first. */
async function fitFor(needs: IssueNeeds, chain: readonly string[]): Promise<Result<unknown>> {
  const fault = faultOf(needs, chain)
  if (fault) return fault
  for (const id of chain) {
    const found = isOwnAgent(id) ? undefined : await needs.store.agent(id)
    if (found?.revokedAt !== null) return refuse('not_found', `There is no agent ${id}, or it was revoked.`)
  }
  return (await isStopped(needs, chain)) ? refused(KILLED) : ok(true)
}

/** `chain`: the asking agent, and the links behind it. */
function faultOf(needs: Pick<ChainNeeds, 'config'>, chain: readonly string[]) {
  if (new Set(chain).size < chain.length)
    return refuse('invalid_request', 'The chain names an agent twice. Each agent can act in it once.')
  return chain.length - 1 > needs.config.maxAgentChain ? tooLong(needs) : undefined
}

const tooLong = ({ config: { maxAgentChain } }: Pick<ChainNeeds, 'config'>) =>
  refuse('invalid_request', `The chain is too long: at most ${maxAgentChain} agents stand behind the one that asks.`)

const isStopped = (needs: IssueNeeds, agents: readonly string[]): Promise<boolean> =>
  areStopped(needs, { agents, principal: undefined, executor: undefined, action: undefined })

/** The chain that a proposal comes with: proven by a token, or claimed. A proof that is refused is a fact of the ledger. */
export async function chainOf(needs: ChainNeeds, agent: string, given: GivenChain): Promise<Result<Chain>> {
  const chain = await readChainOf(needs, agent, given)
  return chain.ok || given.actorToken === undefined || given.act !== undefined
    ? chain
    : recorded(needs, agent, chain.refusal)
}

interface GivenChain {
  readonly act?: unknown
  readonly actorToken?: string | undefined
}

/** The same, and nothing is written. */
export async function readChainOf(
  needs: Uses<unknown, 'config' | 'keys' | 'now'>,
  agent: string,
  { act: claimed, actorToken }: GivenChain,
): Promise<Result<Chain>> {
  if (actorToken === undefined) return claimedChain(agent, claimed)
  if (claimed !== undefined)
    return refuse('invalid_request', 'actor_token states the chain. Send act or actor_token, not both.')
  const read = await readChain(needs, agent, actorToken)
  if (!read.ok) return read
  const act = actorChain(agent, read.value.act)
  if (!act) return FORGED
  const actors = subjectsOf(act).slice(1)
  return faultOf(needs, [agent, ...actors]) ?? ok({ act, actors })
}

function claimedChain(agent: string, claimed: unknown): Result<Chain> {
  const act = actorChain(agent, claimed)
  return act ? ok({ act, actors: [] }) : MALFORMED
}

const MALFORMED = refuse(
  'invalid_request',
  'act must be a chain of { "sub", "act" }, at most seven long, each sub a client id or a URI.',
)
const FORGED = refuse('invalid_request', 'actor_token is none of this authority’s. Ask the agent that gave it.')
const EXPIRED = refuse('invalid_request', 'actor_token has expired. Ask the agent that gave it for another.')

async function readChain(
  { config, keys, now }: Uses<unknown, 'config' | 'keys' | 'now'>,
  agent: string,
  token: string,
) {
  const read = await readActorToken(token, config.origin, await keys.published(now()), now())
  if (read === 'forged') return FORGED
  if (read === 'expired') return EXPIRED
  return read.child === agent ? ok(read) : refuse('forbidden', 'actor_token lets another agent act. Ask for your own.')
}

/** A chain that is refused is a fact of the ledger. */
async function recorded(needs: ChainNeeds, agent: string, refusal: Refusal) {
  const { code } = refusal
  await recordRefusal(needs, { by: { agent }, trace: newTrace(needs.randomBytes), members: { agent, code } })
  return refused(refusal)
}
