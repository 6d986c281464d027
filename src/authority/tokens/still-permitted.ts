/** Whether the policy still permits the call of a token, on what was consented to. SPEC 7, 11. */
import type { ApprovalClaims, Digest } from '@countersign/verifier'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Agent, Executor } from '../../domain/identity/parties.ts'
import type { Policy, PolicyDecision } from '../../domain/policy/policy.ts'
import { asksMore, covers } from '../../domain/policy/requirements.ts'
import { areOf } from '../../domain/token/build-claims.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { TokenStore } from '../../store/contract/token-store.ts'
import type { Uses } from '../deps.ts'
import { type AskNeeds, askKnowing, knownPeopleFor, peopleFor } from '../policy/ask-policy.ts'
import type { Freshness } from '../policy/call-parties.ts'
import type { Permission, PermittedCall } from '../policy/permitted-calls.ts'

export type StillPermittedNeeds = AskNeeds &
  Uses<RequestStore & Pick<TokenStore, 'permissionMark'>, 'config' | 'permittedCalls' | 'parties'>

export interface RedeemedCall {
  readonly claims: ApprovalClaims
  readonly claimsDigest: Digest
  readonly policy: Policy
  readonly agent: Agent
  readonly executor: Executor
  readonly now: number
}

/**
 * Null where it does not, or the arguments are gone; `altered` where the claims are not those of its request. `known`: an
 * earlier yes on the same grounds will do, of this process or of the one that issued the token, and the number of people
 * as it is known, since the statement that redeems compares the policy, the parties and that number.
 */
export async function stillPermitted(
  deps: StillPermittedNeeds,
  redeemed: RedeemedCall,
  as: Freshness,
): Promise<Permission | 'altered' | null> {
  const call = groundsOf(redeemed)
  const { bounds } = redeemed.claims.authorization_details[0]
  // What a grant covers is asked each time.
  const repeats = as === 'known' && !bounds
  const found = repeats ? deps.permittedCalls.find(call) : undefined
  if (found) return found
  const permission =
    (repeats ? await permittedAtIssue(deps, redeemed, call) : undefined) ?? (await askAgain(deps, redeemed, as))
  if (permission && permission !== 'altered' && !bounds) deps.permittedCalls.keep({ call, ...permission })
  return permission
}

/** The yes that the token was stored with, where it rests on the same grounds. */
async function permittedAtIssue(
  deps: StillPermittedNeeds,
  { claims, claimsDigest, policy }: RedeemedCall,
  call: PermittedCall,
): Promise<Permission | undefined> {
  const people = await knownPeopleFor(deps, policy, call.name)
  const mark = await deps.store.permissionMark(claims.jti)
  return mark && (await deps.permittedCalls.isMarkOf(mark, { call, people }, claimsDigest)) ? { people } : undefined
}

function groundsOf({ claims, policy, agent, executor }: RedeemedCall): PermittedCall {
  const [{ name, digest: action }] = claims.authorization_details
  const { sub: principal, client_id: actor } = claims
  return { request: claims.approval.request, action, name, principal, actor, policy, agent, executor }
}

async function askAgain(
  deps: StillPermittedNeeds,
  redeemed: RedeemedCall,
  as: Freshness,
): Promise<Permission | 'altered' | null> {
  const { claims, policy, agent, executor, now } = redeemed
  const { approval, sub: principal } = claims
  const [{ name, resource, state = null }] = claims.authorization_details
  const isOther = policy.digest !== approval.policy
  const isRead = isOther || policy.reads(name).call
  const [request, people] = await Promise.all([
    deps.store.request(approval.request),
    as === 'known' ? knownPeopleFor(deps, policy, name) : peopleFor(deps, policy, name),
  ])
  if (!request || (isRead && !request.action)) return null
  const grant = request.grant === null ? null : ((await deps.store.request(request.grant)) ?? null)
  if (request.altered || grant?.altered) return null
  // The policy is asked about no others.
  if (!areOf(deps.config.origin, claims, request, grant)) return 'altered'
  const call = {
    agent,
    actors: request.actors,
    principal,
    executor,
    name,
    resource,
    arguments: request.action?.arguments ?? null,
    preview: request.preview?.content ?? null,
    state,
    now,
  }
  const { decision } = await askKnowing(deps, policy, call, approval.request, people)
  if (isWithin(claims, request, grant, decision)) return { people }
  return as === 'known' && people !== (await peopleFor(deps, policy, name)) ? askAgain(deps, redeemed, 'now') : null
}

function isWithin(
  { approval }: ApprovalClaims,
  request: ApprovalRequest,
  grant: ApprovalRequest | null,
  decision: PolicyDecision,
): boolean {
  if (decision.effect === 'deny') return false
  if (approval.origin === 'policy') return decision.effect === 'allow'
  return grant ? covers(grant.terms, decision) : !asksMore(decision, request.terms)
}
