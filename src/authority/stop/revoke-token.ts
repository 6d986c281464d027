/**
 * Revoking one token or one request, and whether a token is live. It makes things safer, so it needs no consent;
 * parties and passkeys are revoked in changes/ and people/. A token's text is opened for its jti and never kept. SPEC
 * 9; RFC 7009, RFC 7662.
 */
import { type ApprovalClaims, ApprovalError, digestOf, openToken } from '@countersign/verifier'
import { byMember, type Caller, type Initiator } from '../../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { RevocationOrder, StopStore } from '../../store/contract/stop-store.ts'
import { currentRequest } from '../current-request.ts'
import type { Deps, Uses } from '../deps.ts'
import { tooMany } from '../refusals.ts'
import { endedEntries } from './revocation-entries.ts'

type RevokeNeeds = Uses<StopStore, 'keys' | 'limits' | 'log' | 'now' | 'nowMs'>

/** `active`: this authority issued it and would redeem it now, for its executor. */
export type Introspection = { readonly active: true; readonly claims: ApprovalClaims } | { readonly active: false }

const nothingToRevoke = () => refuse('not_found', 'There is nothing to revoke under that id, or it has ended already.')

/**
 * Revokes an unspent token; a spent one stays spent, and its call in flight is cut off. Refuses: `not_found`, also for a
 * token that has ended already.
 */
export async function revokeToken(deps: RevokeNeeds, by: Initiator, jti: string): Promise<Result<true>> {
  const { verdict } = await deps.store.revokeToken(orderOf(deps, by, jti))
  if (verdict === 'unknown' || verdict === 'ended') return nothingToRevoke()
  deps.log.warn('token.revoked', { jti, verdict })
  return ok(true)
}

type RequestNeeds = RevokeNeeds & Pick<Deps, 'meters'> & Uses<Pick<RequestStore, 'request'>>

/**
 * Ends a request that waits, or was approved, with the token it led to; where approvers changed the call, the one that
 * took its place, also if they do so at the same moment. Refuses: `not_found`.
 */
export async function revokeRequest(deps: RequestNeeds, by: Initiator, named: string): Promise<Result<true>> {
  const id = await presentId(deps, named)
  const { verdict, waited } = await deps.store.revokeRequest(orderOf(deps, by, id))
  if (verdict === 'unknown' || verdict === 'ended') {
    return (await presentId(deps, id)) === id ? nothingToRevoke() : revokeRequest(deps, by, id)
  }
  if (waited) deps.meters.answered('stopped')
  deps.log.warn('request.revoked', { request: id, verdict })
  return ok(true)
}

const presentId = async (deps: RequestNeeds, id: string): Promise<string> => (await currentRequest(deps, id))?.id ?? id

const orderOf = ({ now, nowMs }: RevokeNeeds, by: Initiator, id: string): RevocationOrder => ({
  id,
  nowMs: nowMs(),
  entriesFor: (ended) => endedEntries(now(), ended, byMember(by)),
})

/** RFC 7009: an unknown or ended token is no error. Refuses: `forbidden`, `rate_limited`. */
export async function revokePresented(deps: RevokeNeeds, by: Caller, token: string): Promise<Result<true>> {
  const waitSeconds = await waitOf(deps, by)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  const claims = await claimsOf(deps, token)
  if (!claims) return ok(true)
  if (!isParty(by, claims)) {
    return refuse('forbidden', 'Only its actor, its executor or an operator may revoke this token.')
  }
  const revoked = await revokeToken(deps, by, claims.jti)
  return revoked.ok || revoked.refusal.code === 'not_found' ? ok(true) : revoked
}

async function waitOf({ limits }: RevokeNeeds, by: Caller): Promise<number | null> {
  if (by.kind === 'agent') return limits.take('agent', by.agent.id)
  return by.kind === 'executor' ? limits.take('executor', by.executor.audience) : null
}

/** The claims of a token that this authority signed, whatever became of it since. */
async function claimsOf({ keys, now }: RevokeNeeds, token: string): Promise<ApprovalClaims | undefined> {
  try {
    return (await openToken(token, (kid) => keys.resolve(kid, now()))).claims
  } catch (error) {
    if (error instanceof ApprovalError) return undefined
    throw error
  }
}

function isParty(by: Caller, claims: ApprovalClaims): boolean {
  if (by.kind === 'agent') return by.agent.id === claims.client_id
  return by.kind === 'executor' ? by.executor.audience === claims.aud : by.kind === 'operator'
}

/** RFC 7662. Changes nothing; an executor learns of its own tokens alone. */
export async function introspect(deps: RevokeNeeds, by: Caller, token: string): Promise<Introspection> {
  const claims = await claimsOf(deps, token)
  const mayKnow = by.kind !== 'executor' || claims?.aud === by.executor.audience
  if (!claims || !mayKnow) return { active: false }
  const presented = { jti: claims.jti, claimsDigest: await digestOf(claims), now: deps.now() }
  return (await deps.store.isLive(presented)) ? { active: true, claims } : { active: false }
}
